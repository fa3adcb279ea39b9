/* SPDX-License-Identifier: Apache-2.0 */
#include "files/place-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount.h"

/* The files of an image, without the changes of a run. */
static int mount_image(const struct place *p, char *const *m, struct masu_error *err)
{
	_cleanup_strv_ char **lowers = strv_split(m[PLACE_LOWERS], ":");
	const struct overlay layers = {.layers_dir = p->overlay.layers_dir, .lowers = lowers};

	return lowers ? overlay_mount(&layers, m[PLACE_SOURCE], err) : err_oom(err);
}

static int open_source(const struct place *p, char *const *m, struct masu_error *err)
{
	const char *path = m[PLACE_SOURCE], *subpath = m[PLACE_SUBPATH];
	int r = *m[PLACE_LOWERS] ? mount_image(p, m, err) : 0;

	if (r < 0)
		return r;
	_cleanup_close_ int whole = open(path, O_PATH | O_CLOEXEC);
	if (whole < 0)
		return err_sys(err, errno, "open \"%s\"", path);
	if (!*subpath)
		return TAKE_FD(whole);
	int fd = path_open_in(whole, subpath, O_PATH, 0, 0);
	return fd < 0 ? err_sys(err, fd, "open the subpath \"%s\" of \"%s\"", subpath, path) : fd;
}

static int copy_mount(int fd, const char *path, struct masu_error *err)
{
	int copy = mount_clone_slave(fd, true);

	return copy < 0 ? err_sys(err, copy, "copy the mount of \"%s\"", path) : copy;
}

/* Sources are opened before the container's root is in sight. */
static int open_sources(struct place_mounts *m, struct masu_error *err)
{
	const struct place *p = m->place;
	size_t n = strv_length(p->mounts) / PLACE_MOUNT_TEXTS;

	m->sources = calloc(n + 1, sizeof(*m->sources));
	if (!m->sources)
		return err_oom(err);
	for (; m->n < n; m->n++) {
		char *const *texts = p->mounts + PLACE_MOUNT_TEXTS * m->n;
		_cleanup_close_ int fd = open_source(p, texts, err);

		if (fd >= 0 && m->is_given)
			m->sources[m->n] = copy_mount(fd, texts[PLACE_SOURCE], err);
		else
			m->sources[m->n] = TAKE_FD(fd);
		if (m->sources[m->n] < 0)
			return m->sources[m->n];
	}
	return 0;
}

int place_mounts_open(const struct place *p, struct place_mounts *ret, struct masu_error *err)
{
	ret->place = p;
	return open_sources(ret, err);
}

static int give_rootfs(const char *dir, struct overlay_parts *parts, struct masu_error *err)
{
	_cleanup_close_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "open \"%s\"", dir);
	parts->fds[OVERLAY_LAYERS] = copy_mount(fd, dir, err);
	return MIN(parts->fds[OVERLAY_LAYERS], 0);
}

int place_mounts_give(const struct place *p, const struct overlay_mounter *mounter,
		      struct place_mounts *ret, struct masu_error *err)
{
	const char *dir = p->rootfs ? p->rootfs : p->root_dir;
	int r = p->rootfs ? give_rootfs(dir, &ret->parts, err)
			  : overlay_parts_open(&p->overlay, mounter, &ret->parts, err);

	ret->place = p;
	ret->is_given = true;
	if (r == 0)
		r = open_sources(ret, err);
	if (r == 0 && chdir(dir) < 0)
		return err_sys(err, errno, "enter \"%s\"", dir);
	return r;
}

static int mount_given(const struct place_mounts *m, struct masu_error *err)
{
	int fd = m->parts.fds[OVERLAY_LAYERS];

	if (!m->place->rootfs)
		return overlay_parts_mount(&m->parts, &m->place->overlay, err);
	int r = mount_attach(fd, AT_FDCWD);
	fd = r < 0 ? r : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? err_sys(err, r < 0 ? r : errno, "mount \"%s\"", m->place->rootfs) : fd;
}

static int mount_layers(const struct overlay *overlay, const char *dir, struct masu_error *err)
{
	_cleanup_strv_ char **lowers = strv_copy(overlay->lowers);

	if (!lowers || strv_push(&lowers, overlay->upper) < 0)
		return err_oom(err);
	const struct overlay layers = {.layers_dir = overlay->layers_dir, .lowers = lowers};
	return overlay_mount(&layers, dir, err);
}

static int mount_root(const struct place_mounts *m, struct masu_error *err)
{
	const struct place *p = m->place;
	const char *dir = p->rootfs ? p->rootfs : p->root_dir;

	if (m->is_given)
		return mount_given(m, err);
	if (!p->rootfs) {
		int r = m->only_layers ? mount_layers(&p->overlay, dir, err)
				       : overlay_mount(&p->overlay, dir, err);
		if (r < 0)
			return r;
	} else if (mount(dir, dir, NULL, MS_BIND | MS_REC, NULL) < 0) {
		return err_sys(err, errno, "mount \"%s\"", dir);
	}
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open \"%s\"", dir) : fd;
}

/* The mount point is created, as the next start would. */
static int attach(const struct place_mounts *m, int root, size_t index, struct masu_error *err)
{
	char *const *texts = m->place->mounts + PLACE_MOUNT_TEXTS * index;
	const char *target = texts[PLACE_TARGET];
	bool readonly = streq(texts[PLACE_MODE], "ro");
	int source = m->sources[index];
	struct stat st;

	if (fstat(source, &st) < 0)
		return err_sys(err, errno, "mount \"%s\"", target);
	_cleanup_close_ int at = S_ISDIR(st.st_mode) ? path_mkdir_in(root, target, 0755)
						     : path_touch_in(root, target, 0644);
	_cleanup_close_ int copy = at < 0 || m->is_given ? -1 : mount_clone(source, true);
	int fd = m->is_given ? source : copy;
	int r = at < 0	    ? at
		: fd < 0    ? fd
		: !readonly ? 0
			    : mount_set_attributes(fd, true, MOUNT_ATTR_RDONLY, 0);
	if (r == 0)
		r = mount_attach(fd, at);
	return r < 0 ? err_sys(err, r, "mount \"%s\" at \"%s\"", texts[PLACE_SOURCE], target) : 0;
}

static int mount_all(const struct place_mounts *m, struct masu_error *err)
{
	_cleanup_close_ int root = mount_root(m, err);

	if (root < 0)
		return root;
	for (size_t i = 0; i < m->n; i++) {
		int r = attach(m, root, i, err);
		if (r < 0)
			return r;
	}
	return TAKE_FD(root); /* the sources close in place_confine() */
}

static int make_tmpfs(const struct place_mounts *m, struct masu_error *err)
{
	static const struct mount_parameter mode = {"mode", "700"};
	const uint64_t attributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
	const char *dir = m->place->root_dir;

	if (m->is_given) {
		_cleanup_close_ int fd = mount_new("tmpfs", "tmpfs", &mode, 1, attributes, err);
		int r = fd < 0 ? 0 : mount_attach(fd, m->parts.fds[OVERLAY_WORK]);

		return r < 0 ? err_sys(err, r, "prepare \"%s\"", dir) : TAKE_FD(fd);
	}
	if (mount("tmpfs", dir, "tmpfs", MS_NODEV | MS_NOSUID, "mode=700") < 0)
		return err_sys(err, errno, "prepare \"%s\"", dir);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open \"%s\"", dir) : fd;
}

static int make_dir(int root, const char *name)
{
	if (mkdirat(root, name, 0700) < 0)
		return -errno;
	int fd = openat(root, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int mount_upper(int source, int root, struct masu_error *err)
{
	_cleanup_close_ int at = make_dir(root, PLACE_UPPER);
	_cleanup_close_ int fd = at < 0 ? at : mount_clone(source, false);
	int r = fd < 0 ? fd : mount_attach(fd, at);

	return r < 0 ? err_sys(err, r, "mount the upper directory") : 0;
}

static int mount_lower(const struct place_mounts *m, int root, struct masu_error *err)
{
	char dir[FD_PATH_MAX], target[FD_PATH_MAX];
	const struct overlay layers = {.layers_dir = m->is_given ? dir
								 : m->place->overlay.layers_dir,
				       .lowers = m->place->overlay.lowers};
	_cleanup_close_ int at = make_dir(root, PLACE_LOWER);

	if (at < 0)
		return err_sys(err, at, "mount the layers");
	(void)fd_path(m->parts.fds[OVERLAY_LAYERS], dir);
	return overlay_mount(&layers, fd_path(at, target), err);
}

/* The upper directory is only read: the overlay that is mounted over it, if any, does not notice. */
static int mount_side_by_side(const struct place_mounts *m, struct masu_error *err)
{
	const char *path = m->place->overlay.upper;
	_cleanup_close_ int own = m->is_given ? -1 : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = m->is_given ? overlay_parts_attach(&m->parts, err) : 0;

	if (r < 0)
		return r;
	if (!m->is_given && own < 0)
		return err_sys(err, errno, "open \"%s\"", path);
	_cleanup_close_ int root = make_tmpfs(m, err);
	if (root < 0)
		return root;
	r = mount_upper(m->is_given ? m->parts.fds[OVERLAY_UPPER] : own, root, err);
	if (r == 0)
		r = mount_lower(m, root, err);
	return r < 0 ? r : TAKE_FD(root);
}

int place_mounts_make(const struct place_mounts *m, struct masu_error *err)
{
	return m->place->kind == PLACE_LAYERS ? mount_side_by_side(m, err) : mount_all(m, err);
}
