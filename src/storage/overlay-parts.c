/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/overlay-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/strv.h"
#include "linux/mount.h"

void overlay_parts_done(struct overlay_parts *parts)
{
	for (size_t i = 0; i < OVERLAY_PARTS; i++)
		fd_close(&parts->fds[i]);
}

static int clone_dir(const char *path, struct masu_error *err)
{
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int copy = dir < 0 ? -errno : mount_clone_slave(dir, false);

	return copy < 0 ? err_sys(err, copy, "copy the mount of '%s'", path) : copy;
}

/* Layers for this map alone are in a directory that only the owner of the store enters at first. */
static int open_to_group(int dir, const struct overlay_mounter *m, const char *path,
			 struct masu_error *err)
{
	_cleanup_close_ int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "open '%s'", path);
	if (st.st_gid == m->gid && (st.st_mode & 07777) == 0710)
		return 0;
	/*
	 * No other group may enter: it has the right group before that may. A start at the same time, which may have seen
	 * another mode, does not take it away from this one.
	 */
	if ((st.st_gid != m->gid && st.st_mode & 070 && fchmod(fd, 0700) < 0) ||
	    fchown(fd, (uid_t)-1, m->gid) < 0 || fchmod(fd, 0710) < 0)
		return err_sys(err, errno, "open '%s' to the container's root", path);
	return 0;
}

static int map_ids(int copy, const char *path, int userns_fd, struct masu_error *err)
{
	int r = mount_set_idmap(copy, false, userns_fd);

	if (r == 0)
		return 0;
	if (r == -EPERM) {
		(void)err_set(err, ERR_DENIED, EPERM,
			      "cannot map the ids of '%s' for a container with an id map of its "
			      "own: inside a user namespace, its root may not",
			      path);
		return err_hint(err, "run the command outside of 'masu unshare' or the container");
	}
	(void)err_sys(err, r, "map the ids of '%s'", path);
	return r == -EINVAL ? err_hint(err, "its file system cannot be id-mapped by this kernel; "
					    "set MASU_DATA_DIR to a directory on ext4, xfs or "
					    "btrfs")
			    : r;
}

/* Read-only last: the owner of the directory may have to change. */
static int open_layers(const char *path, const struct overlay_mounter *m, struct masu_error *err)
{
	_cleanup_close_ int copy = clone_dir(path, err);

	if (copy < 0)
		return copy;
	int r = m->userns_fd < 0 ? open_to_group(copy, m, path, err)
				 : map_ids(copy, path, m->userns_fd, err);
	if (r < 0)
		return r;
	r = mount_set_attributes(copy, false, MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? err_sys(err, r, "copy the mount of '%s'", path) : TAKE_FD(copy);
}

static int open_in(int dir, const char *path, struct masu_error *err)
{
	int fd = openat(dir, path_last(path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(err, errno, "open '%s'", path) : fd;
}

static int give(int fd, const struct overlay_mounter *m)
{
	return fchownat(fd, "", m->uid, m->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The work directory follows as the last: a later owner of the upper directory is the container's choice. */
static int give_dirs(const struct overlay_parts *p, const struct overlay_mounter *m,
		     struct masu_error *err)
{
	struct stat st;
	int r = fstat(p->fds[OVERLAY_WORK], &st) < 0 ? -errno : 0;

	if (r == 0 && (st.st_uid != m->uid || st.st_gid != m->gid)) {
		r = give(p->fds[OVERLAY_UPPER], m);
		if (r == 0)
			r = give(p->fds[OVERLAY_WORK], m);
	}
	return r < 0 ? err_sys(err, r, "give the upper directory to the container's root") : 0;
}

static int open_upper(const struct overlay *overlay, const struct overlay_mounter *m,
		      struct overlay_parts *p, struct masu_error *err)
{
	const char *name = path_last(overlay->upper);
	_cleanup_free_ char *dir = strndup(overlay->upper, (size_t)(name - overlay->upper));

	if (!dir)
		return err_oom(err);
	p->fds[OVERLAY_DIR] = clone_dir(dir, err);
	if (p->fds[OVERLAY_DIR] < 0)
		return p->fds[OVERLAY_DIR];
	p->fds[OVERLAY_UPPER] = open_in(p->fds[OVERLAY_DIR], overlay->upper, err);
	if (p->fds[OVERLAY_UPPER] < 0)
		return p->fds[OVERLAY_UPPER];
	p->fds[OVERLAY_WORK] = open_in(p->fds[OVERLAY_DIR], overlay->work, err);
	return p->fds[OVERLAY_WORK] < 0 ? p->fds[OVERLAY_WORK] : give_dirs(p, m, err);
}

int overlay_parts_open(const struct overlay *overlay, const struct overlay_mounter *mounter,
		       struct overlay_parts *ret, struct masu_error *err)
{
	_cleanup_(overlay_parts_done) struct overlay_parts p = OVERLAY_PARTS_INIT;

	p.fds[OVERLAY_LAYERS] = open_layers(overlay->layers_dir, mounter, err);
	if (p.fds[OVERLAY_LAYERS] < 0)
		return p.fds[OVERLAY_LAYERS];
	int r = overlay->upper ? open_upper(overlay, mounter, &p, err) : 0;
	if (r < 0)
		return r;
	*ret = TAKE(p, OVERLAY_PARTS_INIT);
	return 0;
}

/*
 * The working directory is the only one that is certain to be there and of no use to anybody. The mounter may be unable to
 * look it up, even as ".".
 */
int overlay_parts_attach(const struct overlay_parts *p, struct masu_error *err)
{
	int layers = p->fds[OVERLAY_LAYERS], dir = p->fds[OVERLAY_DIR];
	int r = mount_attach(layers, AT_FDCWD);

	if (r == 0 && dir >= 0)
		r = mount_attach(dir, layers);
	return r < 0 ? err_sys(err, r, "attach the mounts of the layers") : 0;
}

int overlay_parts_mount(const struct overlay_parts *parts, const struct overlay *overlay,
			struct masu_error *err)
{
	char layers[FD_PATH_MAX], upper[FD_PATH_MAX], work[FD_PATH_MAX];
	const struct overlay own = {
		.layers_dir = layers,
		.lowers = overlay->lowers,
		.upper = overlay->upper ? upper : NULL,
		.work = overlay->upper ? work : NULL,
		.keeps_owner = true,
		.transient = overlay->transient,
	};
	const char *target = overlay->lowers[strv_length(overlay->lowers) - 1];
	int r = overlay_parts_attach(parts, err);

	(void)fd_path(parts->fds[OVERLAY_LAYERS], layers);
	(void)fd_path(parts->fds[OVERLAY_UPPER], upper);
	(void)fd_path(parts->fds[OVERLAY_WORK], work);
	if (r == 0)
		r = overlay_mount(&own, target, err);
	if (r < 0)
		return r;
	int fd = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open the root") : fd;
}
