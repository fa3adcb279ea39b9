/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* Each level holds three descriptors open. */
#define DEPTH_MAX 128

static int copy_tree(int from, int to, dev_t device, unsigned int depth);

/* What this file system doesn't keep, or only others may set (a label of SELinux's), is left out. */
static int copy_xattr(int from, int to, const char *name)
{
	char value[XATTR_SIZE_MAX];
	ssize_t n = fgetxattr(from, name, value, sizeof(value));

	if (n < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	if (fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != EOPNOTSUPP && errno != EPERM &&
	    errno != EACCES)
		return -errno;
	return 0;
}

static int copy_xattrs(int from, int to)
{
	char names[XATTR_LIST_MAX];
	ssize_t n = flistxattr(from, names, sizeof(names));
	int r = 0;

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	for (const char *name = names; r == 0 && name < names + n; name += strlen(name) + 1)
		r = copy_xattr(from, to, name);
	return r;
}

static int set_owner(int folder, const char *name, const struct stat *st)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	/* EINVAL: the id isn't mapped here. */
	return fchownat(folder, name, st->st_uid, st->st_gid, flags) < 0 && errno != EINVAL ? -errno
											    : 0;
}

/* The owner first: changing it clears the set-id bits. */
static int copy_metadata(int from, int to, const struct stat *st)
{
	const struct timespec times[] = {st->st_atim, st->st_mtim};
	int r = set_owner(to, "", st);

	if (r == 0 && fchmod(to, st->st_mode & 07777) < 0)
		r = -errno;
	if (r == 0)
		r = copy_xattrs(from, to);
	if (r == 0 && futimens(to, times) < 0)
		r = -errno;
	return r;
}

/* Holes stay holes: a small image must not become a full disk. */
static int copy_bytes(int from, int to, off_t size)
{
	for (off_t at = 0, end; at < size; at = end) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO) /* nothing but a hole is left */
			break;
		end = at < 0 ? -1 : lseek(from, at, SEEK_HOLE);
		if (end < 0 || lseek(to, at, SEEK_SET) < 0)
			return -errno;
		while (at < end) {
			ssize_t n = sendfile(to, from, &at, (size_t)(end - at));

			if (n <= 0)
				return n < 0 ? -errno : -ESTALE; /* it was cut meanwhile */
		}
	}
	return ftruncate(to, size) < 0 ? -errno : 0;
}

static int copy_file(int from_folder, int to_folder, const char *name)
{
	_cleanup_close_ int from = openat(from_folder, name,
					  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) /* it was one when it was listed */
		return -ESTALE;
	_cleanup_close_ int to = openat(to_folder, name,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	int r = copy_bytes(from, to, st.st_size);
	return r < 0 ? r : copy_metadata(from, to, &st);
}

static int copy_folder(int from_folder, int to_folder, const char *name, dev_t device,
		       unsigned int depth)
{
	_cleanup_close_ int from = openat(from_folder, name,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0 || mkdirat(to_folder, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int to = openat(to_folder, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	int r = st.st_dev == device ? copy_tree(from, to, device, depth + 1) : 0;
	return r < 0 ? r : copy_metadata(from, to, &st);
}

static int copy_link(int from_folder, int to_folder, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_folder, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = 0;
	return symlinkat(target, to_folder, name) < 0 ? -errno : set_owner(to_folder, name, st);
}

static int copy_node(int to_folder, const char *name, const struct stat *st)
{
	if (mknodat(to_folder, name, st->st_mode, st->st_rdev) < 0)
		return -errno;
	int r = set_owner(to_folder, name, st);
	/* Just made, where nobody else can reach yet. */
	return r == 0 && fchmodat(to_folder, name, st->st_mode & 07777, 0) < 0 ? -errno : r;
}

static int copy_entry(int from, int to, const char *name, dev_t device, unsigned int depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_folder(from, to, name, device, depth);
	case S_IFREG:
		return copy_file(from, to, name);
	case S_IFLNK:
		return copy_link(from, to, name, &st);
	default:
		return copy_node(to, name, &st);
	}
}

static int copy_tree(int from, int to, dev_t device, unsigned int depth)
{
	int own = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = own < 0 ? NULL : fdopendir(own);
	int r = 0;

	if (!dir) {
		r = -errno;
		fd_close(&own);
		return r;
	}
	if (depth > DEPTH_MAX)
		return -ELOOP;
	for (struct dirent *d; r == 0 && (errno = 0, d = readdir(dir));)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = copy_entry(own, to, d->d_name, device, depth);
	return r < 0 ? r : -errno; /* readdir's: the loop ended at its NULL */
}

int tree_copy(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	int r = set_owner(to, "", &st);
	return r < 0 ? r : copy_tree(from, to, st.st_dev, 0);
}
