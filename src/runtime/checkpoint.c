/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation
 *
 * criu(8) freezes the container's processes, injects code into each that reports its state, and writes
 * all of it as images into one directory. It is a program of the host's, found at run time, and gets
 * its request over a socket (criu.h). Its answer reports success or failure; its log has the reason.
 *
 * criu cannot know which resources of a container are the host's. They are derived from the
 * container's config.json, for a dump as for a restore (checkpoint-options.c).
 */

#include "runtime/checkpoint.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "runtime/config.h"
#include "runtime/criu.h"
#include "runtime/delete.h"
#include "runtime/instance.h"
#include "runtime/readiness.h"

#define FREEZE_TIMEOUT_MS 10000
#define END_TIMEOUT_MS	  10000

/* criu links to it from the directory of the images, and uses its pages as the container's. */
static int check_parent(const struct checkpoint *c, int images, struct masu_error *err)
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

static int dump(const struct checkpoint *c, struct masu_error *err)
{
	_cleanup_checkpoint_dirs_ struct checkpoint_dirs f = CHECKPOINT_DIRS_INIT;
	_cleanup_criu_ struct criu criu = CRIU_INIT;
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT;
	const struct criu_context here = {0};
	int r = checkpoint_check_spec(c->spec, err);

	if (r < 0)
		return r;
	r = checkpoint_make_dirs(c, &f, err);
	if (r < 0)
		return r;
	r = check_parent(c, f.images, err);
	if (r < 0)
		return r;
	r = checkpoint_dump_options(c, &f, &options, err);
	if (r < 0)
		return r;
	r = c->pre_dump ? 0 : checkpoint_write_streams(c, f.images, err);
	if (r < 0)
		return r;
	r = criu_start(&here, &criu, err);
	if (r < 0)
		return r;
	const struct criu_request request = {
		.type = c->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP,
		.options = &options,
	};
	r = criu_ask(&criu, &request, NULL, err);
	return r == -EIO ? checkpoint_report_failure(c, f.work, CHECKPOINT_DUMP_LOG, err) : r;
}

/* A criu that was killed leaves the group frozen or thawed. */
static void restore_freezer(const struct instance *c, const struct cgroup *cg)
{
	if (cg)
		(void)cgroup_freeze(cg, c->status == OCI_STATUS_PAUSED, FREEZE_TIMEOUT_MS, NULL);
}

static int dump_instance(const struct instance *c, struct checkpoint *options,
			 struct masu_error *err)
{
	_cleanup_free_ char *freezer = NULL;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = config_read(c->dir.fd, &spec, err);

	if (r < 0)
		return r;
	r = c->state.cgroup ? container_state_cgroup(&c->state, &cg, err) : 0;
	if (r < 0)
		return r;
	r = cg ? cgroup_freezer_path(cg, &freezer) : 0;
	if (r < 0)
		return err_sys(err, r, "find the container's cgroup");
	options->spec = spec;
	options->init = c->state.pid;
	options->freezer = freezer;
	r = dump(options, err);
	options->spec = NULL;
	options->freezer = NULL;
	if (r < 0) {
		(void)err_prefix(err, "checkpoint of container '%s'", c->state.id);
		restore_freezer(c, cg);
	}
	return r;
}

static int check(const struct instance *c, struct masu_error *err)
{
	int r = state_dir_check_unmanaged(&c->dir, "checkpoint", err);

	if (r < 0)
		return r;
	if (c->status != OCI_STATUS_RUNNING && c->status != OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container cannot be checkpointed in %s state",
			       oci_status_name(c->status));
	if (readiness_is_offered(c->dir.fd))
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"container '%s' has a NOTIFY_SOCKET, which a restored one would lack",
			c->state.id);
	return 0;
}

int instance_checkpoint(const struct instance *c, struct checkpoint *options,
			struct masu_error *err)
{
	int r = check(c, err);

	if (r < 0)
		return r;
	r = dump_instance(c, options, err);
	if (r < 0 || options->leave_running || options->pre_dump)
		return r;
	if (c->state.supervised && state_dir_is_locked(c->dir.fd))
		return 0; /* its supervisor notices the end */
	instance_let_die(c);
	(void)pidfd_wait(c->pidfd, END_TIMEOUT_MS); /* the deletion reports if it still runs */
	r = instance_delete(c->dir.root, c->state.id, false, err);
	return r == -ENOENT ? 0 : r; /* its supervisor was faster */
}
