/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount.h"

/* mount(2) copies one page of options. */
#define OPTIONS_MAX 4095

void overlay_done(struct overlay *overlay)
{
	free(overlay->layers_dir);
	strv_free(overlay->lowers);
	free(overlay->upper);
	free(overlay->work);
	*overlay = (struct overlay){0};
}

/*
 * Options are added without a look at failures: a strbuf remembers them.
 * The kernel splits at these characters, and a backslash protects them.
 */
static void add_escaped(struct strbuf *b, const char *path)
{
	for (; *path; path++)
		(void)strbuf_addf(b, "%s%c", strchr("\\:,", *path) ? "\\" : "", *path);
}

/*
 * Unmounting an overlay writes back the whole file system that upper is on, unless the overlay is volatile
 * (Linux 5.10). A volatile overlay leaves a mark that forbids to mount it again, since after a crash of the machine
 * files would be missing. A restart mounts it again, and comes after no crash: a transient upper is removed then.
 */
static int forget_volatile(const struct overlay *overlay)
{
	_cleanup_free_ char *mark = path_join(overlay->work, "work/incompat");
	int r = mark ? file_remove_tree(AT_FDCWD, mark) : -ENOMEM;

	return r == -ENOENT ? 0 : r;
}

/* The kernel creates this directory by the first mount, and keeps it. */
static bool was_mounted(const struct overlay *overlay)
{
	_cleanup_free_ char *path = path_join(overlay->work, "work");

	return path && access(path, F_OK) == 0;
}

/*
 * The engine creates the upper directory as the owner of the store. By another map than the default one, the owner is not
 * root inside: the root directory of the container becomes root's before the first mount. Later its owner is the container's.
 */
static int own_upper(const struct overlay *overlay, struct masu_error *err)
{
	struct stat st;

	if (!overlay->upper || overlay->keeps_owner || was_mounted(overlay))
		return 0;
	int r = lstat(overlay->upper, &st);
	if (r == 0 && (st.st_uid != geteuid() || st.st_gid != getegid()))
		r = lchown(overlay->upper, geteuid(), getegid());
	return r < 0 ? err_sys(err, errno, "prepare '%s'", overlay->upper) : 0;
}

static void add_upper(struct strbuf *b, const struct overlay *overlay)
{
	if (!overlay->upper)
		return;
	(void)strbuf_addf(b, ",upperdir=");
	add_escaped(b, overlay->upper);
	(void)strbuf_addf(b, ",workdir=");
	add_escaped(b, overlay->work);
}

static bool is_volatile(const struct overlay *overlay)
{
	return overlay->upper && overlay->transient;
}

static void add_upper_for_kernel(struct strbuf *b, const struct overlay *overlay)
{
	add_upper(b, overlay);
	if (is_volatile(overlay))
		(void)strbuf_addf(b, ",volatile");
}

/* "lowerdir=TOP:...:BOTTOM" with names below layers_dir, which is the working directory, or absolute ones. */
static void add_lowers(struct strbuf *b, char *const *lowers)
{
	(void)strbuf_addf(b, "userxattr,lowerdir=");
	for (size_t i = strv_length(lowers); i > 0; i--) {
		add_escaped(b, lowers[i - 1]);
		if (i > 1)
			(void)strbuf_addf(b, ":");
	}
}

/*
 * The same by descriptors, which are shorter than digests: for more layers than fit into a page by name. The mount
 * needs the descriptors open; the exec of the caller closes them.
 */
static int add_lower_fds(struct strbuf *b, char *const *lowers, struct masu_error *err)
{
	(void)strbuf_addf(b, "userxattr,lowerdir=");
	for (size_t i = strv_length(lowers); i > 0; i--) {
		char path[FD_PATH_MAX];
		int fd = open(lowers[i - 1], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			return err_sys(err, errno, "open layer '%s'", lowers[i - 1]);
		(void)strbuf_addf(b, "%s%s", fd_path(fd, path), i > 1 ? ":" : "");
	}
	return 0;
}

static int explain(int code, const struct overlay *overlay, struct masu_error *err)
{
	STRV_FOREACH(lower, overlay->lowers)
		if (access(*lower, F_OK) < 0)
			return err_sys(err, errno, "layer '%s'", *lower);
	if (code == ENODEV || code == EPERM || code == EINVAL || code == EOPNOTSUPP)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "overlay mount over '%s': %s",
			       overlay->upper ? overlay->upper : overlay->layers_dir,
			       strerror(code));
	return err_sys(err, code, "mount an overlay over '%s'",
		       overlay->upper ? overlay->upper : overlay->layers_dir);
}

static int bind_single(const char *lower, const char *target, struct masu_error *err)
{
	_cleanup_close_ int source = open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int place = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (source < 0 || place < 0)
		return err_sys(err, errno, "open %s '%s'", source < 0 ? "layer" : "directory",
			       source < 0 ? lower : target);
	_cleanup_close_ int mount_fd = mount_clone(source, false);
	int r = mount_fd < 0 ? mount_fd
			     : mount_set_attributes(mount_fd, false,
						    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0);
	r = r < 0 ? r : mount_attach(mount_fd, place);
	return r < 0 ? err_sys(err, r, "mount layer '%s'", lower) : 0;
}

int overlay_mount(const struct overlay *overlay, const char *target, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT;

	if (chdir(overlay->layers_dir) < 0)
		return err_sys(err, errno, "enter '%s'", overlay->layers_dir);
	if (!overlay->upper && strv_length(overlay->lowers) == 1)
		return bind_single(overlay->lowers[0], target, err);
	int r = is_volatile(overlay) ? forget_volatile(overlay) : 0;
	if (r < 0)
		return err_sys(err, r, "mount the root");
	r = own_upper(overlay, err);
	if (r < 0)
		return r;
	add_lowers(&options, overlay->lowers);
	add_upper_for_kernel(&options, overlay);
	if (options.length > OPTIONS_MAX) {
		strbuf_done(&options);
		r = add_lower_fds(&options, overlay->lowers, err);
		if (r < 0)
			return r;
		add_upper_for_kernel(&options, overlay);
	}
	if (options.failed)
		return err_oom(err);
	if (options.length > OPTIONS_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG, "the image has too many layers (%zu)",
			       strv_length(overlay->lowers));
	if (mount("overlay", target, "overlay", MS_NODEV, options.text) < 0)
		return explain(errno, overlay, err);
	return 0;
}

char *overlay_fuse_options(const struct overlay *overlay)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)strbuf_addf(&b, "lowerdir=");
	for (size_t i = strv_length(overlay->lowers); i > 0; i--) {
		add_escaped(&b, overlay->layers_dir);
		(void)strbuf_addf(&b, "/%s%s", overlay->lowers[i - 1], i > 1 ? ":" : "");
	}
	add_upper(&b, overlay);
	return strbuf_take(&b);
}
