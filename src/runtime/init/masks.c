/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Paths that the container must not see (linux.maskedPaths) or not write (linux.readonlyPaths). Files are covered
 * by the host's null device, from a descriptor that was verified before any mount of the container's; directories
 * by one empty read-only tmpfs. Only a path that does not exist is skipped: any other failure is an error, as a
 * missing mask is a hole.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount.h"

/* The first mask of each kind, attached. */
struct covers {
	int dir, file;
};

static void covers_done(struct covers *c)
{
	closep(&c->dir);
	closep(&c->file);
}

static int make_empty_dir(struct masu_error *err)
{
	static const struct mount_parameter parameters[] = {
		{"mode", "555"},
		{"nr_blocks", "1"},
		{"nr_inodes", "1"},
	};

	return mount_new(
		"tmpfs", "masked", parameters, ARRAY_SIZE(parameters),
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

/* The null device stays writable; its owner and mode are the host's. */
static int make_null_file(const struct init *init, struct masu_error *err)
{
	_cleanup_close_ int cover = mount_clone(init->host.null_fd, false);
	int r = cover < 0 ? cover
			  : mount_set_attributes(
				    cover, false,
				    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0);

	return r < 0 ? err_sys(err, r, "clone the null device") : TAKE_FD(cover);
}

/* The cover for one path: a new mount for the first, and a clone of it for the others. */
static int make_cover(const struct init *init, bool dir, int first, struct masu_error *err)
{
	if (first < 0)
		return dir ? make_empty_dir(err) : make_null_file(init, err);
	int cover = mount_clone(first, false);
	return cover < 0 ? err_sys(err, cover, "clone a mask") : cover;
}

static int mask(const struct init *init, const char *path, struct covers *covers,
		struct masu_error *err)
{
	_cleanup_close_ int target = path_open_in(init->root_fd, path, O_PATH, 0, 0);
	struct stat st;

	/* ENOTDIR: "/proc/x/y" where x is a file, so the path does not exist either. */
	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(err, target < 0 ? target : errno, "mask '%s'", path);
	bool dir = S_ISDIR(st.st_mode);
	int *first = dir ? &covers->dir : &covers->file;
	_cleanup_close_ int cover = make_cover(init, dir, *first, err);
	if (cover < 0)
		return cover;
	int r = mount_attach(cover, target);
	if (r < 0)
		return err_sys(err, r, "mask '%s'", path);
	if (*first < 0)
		*first = TAKE_FD(cover);
	return 0;
}

static int make_readonly(struct init *init, const char *path, struct masu_error *err)
{
	_cleanup_close_ int target = path_open_in(init->root_fd, path, O_PATH, 0, 0);

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	_cleanup_close_ int clone = target < 0 ? target : mount_clone(target, true);
	int r = clone < 0 ? clone : mount_set_attributes(clone, true, MOUNT_ATTR_RDONLY, 0);
	if (r == -EOPNOTSUPP) /* an old kernel: mounts below stay unchanged */
		r = mount_set_attributes(clone, false, MOUNT_ATTR_RDONLY, 0);
	if (r == 0)
		r = mount_attach(clone, target);
	return r < 0 ? err_sys(err, r, "make '%s' read-only", path) : 0;
}

/* Is it in the list before? Engines add their own paths to the user's. */
static bool is_repeated(char *const *list, char *const *item)
{
	while (list < item && !streq(*list, *item))
		list++;
	return list < item;
}

int init_mask_paths(struct init *init, struct masu_error *err)
{
	_cleanup_(covers_done) struct covers covers = {-1, -1};
	char *const *readonly = init->spec->readonly_paths;
	char *const *masked = init->spec->masked_paths;

	STRV_FOREACH(p, readonly) {
		int r = is_repeated(readonly, p) ? 0 : make_readonly(init, *p, err);
		if (r < 0)
			return r;
	}
	STRV_FOREACH(p, masked) {
		int r = is_repeated(masked, p) ? 0 : mask(init, *p, &covers, err);
		if (r < 0)
			return r;
	}
	return 0;
}
