/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Overlays that are sources of bind mounts: the files of an image, or a directory of the host with changes beside it.
 *
 * They are mounted in the container's directory, outside its root, when propagation to the host has ended, and go with
 * the host's tree at the pivot. The bind mount of one, or of a part of it, stays.
 */

#include "runtime/init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"
#include "base/tree.h"

/* The root of an overlay has the attributes of the upper directory, so that gets those of the uppermost layer. */
static int copy_attributes(const struct overlay *o, int layers)
{
	size_t n = strv_length(o->lowers);
	_cleanup_close_ int lower = openat(layers, o->lowers[n - 1],
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int upper = open(o->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return lower < 0 || upper < 0 ? -errno : tree_copy_metadata(lower, upper);
}

static int mount_overlay(const struct overlay_source *s, struct masu_error *err)
{
	_cleanup_close_ int layers = open(s->overlay.layers_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = layers < 0 ? -errno : 0;

	if (r == 0 && s->overlay.upper && !s->keeps_upper)
		r = copy_attributes(&s->overlay, layers);
	return r < 0 ? err_sys(err, r, "prepare an overlay over '%s'", s->overlay.layers_dir)
		     : overlay_mount(&s->overlay, s->target, err);
}

int init_mount_overlay(struct init_mount *m, struct masu_error *err)
{
	/* overlay_mount() changes it. Sources and hooks are relative to the bundle. */
	_cleanup_close_ int bundle = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = bundle < 0 ? err_sys(err, errno, "open the bundle")
			   : mount_overlay(m->overlay, err);

	if (r < 0)
		return r;
	if (fchdir(bundle) < 0)
		return err_sys(err, errno, "return to the bundle");
	m->source = open(m->overlay->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->source < 0)
		return err_sys(err, errno, "open an overlay");
	return init_mount_open_subpath(m, err);
}
