/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"

/* Each level needs three descriptors. */
#define DEPTH_MAX 128

/* The number of files whose other names are awaited. They need some 40 MB. */
#define LINKED_MAX 262144

/* One copy under way. */
struct copy {
	int root; /* of the copy */
	bool owners;
	dev_t device;
	unsigned int depth;
	void *linked; /* a tsearch(3) tree of struct linked */
	size_t n_linked;
	size_t length; /* of `path`; over PATH_MAX if it is cut */
	char path[PATH_MAX];
};

/* A file with several names that was copied under one of them. */
struct linked {
	dev_t dev;
	ino_t ino;
	nlink_t left; /* the number of names that may follow */
	char path[];  /* below the copy's root */
};

static int copy_tree(struct copy *c, int from, int to);

/* Leaves out an attribute that this file system does not support, or that the caller may not set (an SELinux label). */
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

/* An attribute by which overlayfs describes the place of the file in its layers. */
static bool is_of_overlay(const char *xattr)
{
	return str_after(xattr, "user.overlay.") || str_after(xattr, "trusted.overlay.");
}

static int copy_xattrs(int from, int to)
{
	char names[XATTR_LIST_MAX];
	ssize_t n = flistxattr(from, names, sizeof(names));
	int r = 0;

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	for (const char *name = names; r == 0 && name < names + n; name += strlen(name) + 1)
		if (!is_of_overlay(name))
			r = copy_xattr(from, to, name);
	return r;
}

static int set_owner(int dir, const char *name, const struct stat *st, bool owners)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	if (!owners)
		return 0;
	/* EINVAL: the id is not mapped here. */
	return fchownat(dir, name, st->st_uid, st->st_gid, flags) < 0 && errno != EINVAL ? -errno
											 : 0;
}

/* The owner first: changing it clears the set-id bits. */
static int copy_metadata(int from, int to, const struct stat *st, bool owners)
{
	const struct timespec times[] = {st->st_atim, st->st_mtim};
	int r = set_owner(to, "", st, owners);

	if (r < 0)
		return r;
	if (fchmod(to, st->st_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(from, to);
	if (r < 0)
		return r;
	return futimens(to, times) < 0 ? -errno : 0;
}

/* Holes stay holes: a small image must not become a full disk. */
static int copy_bytes(int from, int to, off_t size)
{
	for (off_t at = 0, end; at < size; at = end) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO) /* the rest is a hole */
			break;
		end = at < 0 ? -1 : lseek(from, at, SEEK_HOLE);
		if (end < 0 || lseek(to, at, SEEK_SET) < 0)
			return -errno;
		while (at < end) {
			ssize_t n = sendfile(to, from, &at, (size_t)(end - at));

			if (n <= 0)
				return n < 0 ? -errno : -ESTALE; /* it was truncated meanwhile */
		}
	}
	return ftruncate(to, size) < 0 ? -errno : 0;
}

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	return x->dev != y->dev ? (x->dev < y->dev ? -1 : 1)
				: (x->ino > y->ino) - (x->ino < y->ino);
}

/*
 * Remembers the copy of a file with several names. If its path is too long, or there are too many such files, its names
 * become several files.
 */
static int remember(struct copy *c, const struct stat *st)
{
	if (st->st_nlink < 2 || c->n_linked == LINKED_MAX || c->length >= PATH_MAX)
		return 0;
	_cleanup_free_ struct linked *l = malloc(sizeof(*l) + c->length + 1);
	if (!l)
		return -ENOMEM;
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	l->left = st->st_nlink - 1;
	memcpy(l->path, c->path, c->length + 1);
	struct linked **found = tsearch(l, &c->linked, compare_linked);
	if (!found)
		return -ENOMEM;
	if (*found == l) {
		TAKE_PTR(l);
		c->n_linked++;
	}
	return 0;
}

/* Gives the copy of that file another name. 1, or 0 if it was not copied yet. */
static int link_copy(struct copy *c, int to_dir, const char *name, const struct stat *st)
{
	const struct linked key = {.dev = st->st_dev, .ino = st->st_ino};
	struct linked **found = st->st_nlink < 2 ? NULL : tfind(&key, &c->linked, compare_linked);
	struct linked *l = found ? *found : NULL;

	if (!l)
		return 0;
	if (linkat(c->root, l->path, to_dir, name, 0) < 0)
		return errno == EMLINK ? 0 : -errno;
	if (--l->left == 0) {
		(void)tdelete(l, &c->linked, compare_linked);
		c->n_linked--;
		free(l);
	}
	return 1;
}

int tree_copy_metadata(int from, int to)
{
	struct stat st;

	return fstat(from, &st) < 0 ? -errno : copy_metadata(from, to, &st, true);
}

static int copy_file(struct copy *c, int from_dir, int to_dir, const char *name)
{
	_cleanup_close_ int from = openat(from_dir, name,
					  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) /* it was a regular file before */
		return -ESTALE;
	int r = link_copy(c, to_dir, name, &st);
	if (r != 0)
		return MIN(r, 0);
	_cleanup_close_ int to = openat(to_dir, name,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_bytes(from, to, st.st_size);
	if (r < 0)
		return r;
	r = copy_metadata(from, to, &st, c->owners);
	return r < 0 ? r : remember(c, &st);
}

static int copy_dir(struct copy *c, int from_dir, int to_dir, const char *name)
{
	_cleanup_close_ int from = openat(from_dir, name,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0 || mkdirat(to_dir, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int to = openat(to_dir, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	int r = st.st_dev == c->device ? copy_tree(c, from, to) : 0;
	return r < 0 ? r : copy_metadata(from, to, &st, c->owners);
}

static int copy_link(const struct copy *c, int from_dir, int to_dir, const char *name,
		     const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = 0;
	return symlinkat(target, to_dir, name) < 0 ? -errno
						   : set_owner(to_dir, name, st, c->owners);
}

static int copy_node(const struct copy *c, int to_dir, const char *name, const struct stat *st)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0)
		return -errno;
	int r = set_owner(to_dir, name, st, c->owners);
	/* It is new, and no other process can reach it yet. */
	return r == 0 && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0 ? -errno : r;
}

static int copy_entry(struct copy *c, int from, int to, const char *name)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_dir(c, from, to, name);
	case S_IFREG:
		return copy_file(c, from, to, name);
	case S_IFLNK:
		return copy_link(c, from, to, name, &st);
	default:
		return copy_node(c, to, name, &st);
	}
}

/* Adds a name to the path, which may become too long to use. Returns the length before. */
static size_t enter(struct copy *c, const char *name)
{
	size_t before = c->length, n = strlen(name), slash = before > 0;

	if (before + slash + n < PATH_MAX) {
		if (slash)
			c->path[before] = '/';
		memcpy(c->path + before + slash, name, n + 1);
	}
	c->length = before + slash + n;
	return before;
}

static void leave(struct copy *c, size_t before)
{
	c->length = before;
	if (before < PATH_MAX)
		c->path[before] = 0;
}

static int copy_entries(struct copy *c, DIR *dir, int to)
{
	int r = 0;

	for (const struct dirent *d; r == 0 && (d = file_next_entry(dir));) {
		size_t before = enter(c, d->d_name);
		r = copy_entry(c, dirfd(dir), to, d->d_name);
		leave(c, before);
	}
	return r < 0 ? r : -errno; /* of readdir, which returned NULL */
}

static int copy_tree(struct copy *c, int from, int to)
{
	_cleanup_closedir_ DIR *dir = file_open_dir(from, ".");

	if (!dir)
		return -errno;
	if (c->depth > DEPTH_MAX)
		return -ELOOP;
	c->depth++;
	int r = copy_entries(c, dir, to);
	c->depth--;
	return r;
}

int tree_copy(int from, int to, bool owners)
{
	_cleanup_free_ struct copy *c = calloc(1, sizeof(*c));
	struct stat st;

	if (!c)
		return -ENOMEM;
	if (fstat(from, &st) < 0)
		return -errno;
	c->root = to;
	c->device = st.st_dev;
	c->owners = owners;
	int r = set_owner(to, "", &st, owners);
	r = r < 0 ? r : copy_tree(c, from, to);
	tdestroy(c->linked, free);
	return r;
}
