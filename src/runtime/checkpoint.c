/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * criu(8) freezes the container's processes, has each of them tell its own state by code that it puts
 * into it, and writes all of it as images into one directory. It is a program of the host's, found at
 * run time, and is asked over a socket (criu.h); its answer says whether it went well, and its log
 * why not.
 *
 * What criu can't know is what of the container is not its own. All of that is derived from the
 * container's config.json, at a dump as at a restore (checkpoint-options.c).
 */

#include "runtime/checkpoint.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "runtime/criu.h"

/* From the directory of the images, where criu makes a link to it; its pages count as the container's. */
static int check_parent(const struct checkpoint *c, int images, struct err *err)
{
	if (!c->parent)
		return 0;
	if (*c->parent == '/')
		return err_set(err, ERR_INVALID, EINVAL,
			       "--parent-path '%s' must be relative to --image-path", c->parent);
	_cleanup_close_ int fd = openat(images, c->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open --parent-path '%s' from '%s'", c->parent,
			       c->images);
	return checkpoint_check_images(fd, c->parent, err);
}

int checkpoint_dump(const struct checkpoint *c, struct err *err)
{
	_cleanup_checkpoint_dirs_ struct checkpoint_dirs f = CHECKPOINT_DIRS_INIT;
	_cleanup_criu_ struct criu criu = CRIU_INIT;
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT;
	const struct criu_place here = {0};
	int r = checkpoint_check_spec(c->spec, err);

	if (r == 0)
		r = checkpoint_make_dirs(c, &f, err);
	if (r == 0)
		r = check_parent(c, f.images, err);
	if (r == 0)
		r = checkpoint_dump_options(c, &f, &options, err);
	if (r == 0 && !c->pre_dump)
		r = checkpoint_write_streams(c, f.images, err);
	if (r == 0)
		r = criu_start(&here, &criu, err);
	if (r < 0)
		return r;
	r = criu_ask(&criu, c->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, &options, NULL, NULL, NULL,
		     err);
	return r == -EIO ? checkpoint_tell_failure(c, f.work, CHECKPOINT_DUMP_LOG, err) : r;
}
