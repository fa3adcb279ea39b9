/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's path resolution by hand, for kernels without openat2(2).
 *
 * Each part is opened with O_PATH and O_NOFOLLOW below the last directory, which is held open. So the kernel never
 * follows a link: its text is read and walked here. ".." returns to the directory from which this one was entered, which
 * is also held open, and at the root it stays there. Whatever is renamed meanwhile, the walk ends in a directory that it
 * reached from the root. By then a rename may have moved that directory elsewhere, as with openat2(2).
 */

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/fd.h"
#include "base/str.h"

#define LINKS_MAX     40 /* as the kernel's */
#define DEPTH_MAX     512
#define PROC_ROOT_INO 1

struct walk {
	int rootfd; /* borrowed */
	enum path_flags resolve;
	int dirs[DEPTH_MAX]; /* below the root, the deepest last */
	size_t depth;
	char rest[2 * PATH_MAX]; /* of the path */
	unsigned int links;
};

static void walk_done(struct walk *w)
{
	while (w->depth > 0)
		fd_close(&w->dirs[--w->depth]);
}

static int current(const struct walk *w)
{
	return w->depth ? w->dirs[w->depth - 1] : w->rootfd;
}

static int back_to_root(struct walk *w)
{
	if (w->resolve & PATH_BENEATH)
		return -EXDEV;
	walk_done(w);
	return 0;
}

static int go_up(struct walk *w)
{
	if (w->depth == 0)
		return w->resolve & PATH_BENEATH ? -EXDEV : 0;
	fd_close(&w->dirs[--w->depth]);
	return 0;
}

static int enter(struct walk *w, int *fd)
{
	if (w->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	w->dirs[w->depth++] = TAKE_FD(*fd);
	return 0;
}

/* The text of a link of procfs, except at its top, is not the path that the kernel follows. */
static bool is_magic(int dir)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(dir, &fs) < 0 || (fs.f_type == PROC_SUPER_MAGIC &&
					 (fstat(dir, &st) < 0 || st.st_ino != PROC_ROOT_INO));
}

/* Puts the text of a link before the rest of the path, which is empty or begins with a slash. */
static int follow(struct walk *w, int link)
{
	char target[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (w->resolve & PATH_NO_SYMLINKS || is_magic(current(w)) || ++w->links > LINKS_MAX)
		return -ELOOP;
	target[n] = 0;
	if (n == 0)
		return -ENOENT;
	if ((size_t)snprintf(rest, sizeof(rest), "%s%s", target, w->rest) >= sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, strlen(rest) + 1);
	return *target == '/' ? back_to_root(w) : 0;
}

/* A mount point has another device or, if the kernel reports it, another mount id. */
static int check_device(const struct walk *w, int fd)
{
	struct statx a, b;

	if (!(w->resolve & PATH_NO_XDEV))
		return 0;
	if (statx(current(w), "", AT_EMPTY_PATH, STATX_MNT_ID, &a) < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &b) < 0)
		return -errno;
	if (a.stx_dev_major != b.stx_dev_major || a.stx_dev_minor != b.stx_dev_minor)
		return -EXDEV;
	return a.stx_mask & b.stx_mask & STATX_MNT_ID && a.stx_mnt_id != b.stx_mnt_id ? -EXDEV : 0;
}

/* Opens the last part, `name` in the current directory, with the caller's flags. */
static int open_last(const struct walk *w, const char *name, int *fd, const struct stat *st,
		     int flags, mode_t mode)
{
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (S_ISLNK(st->st_mode) && !(flags & O_PATH))
		return -ELOOP;
	if (flags & O_DIRECTORY && !S_ISDIR(st->st_mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return TAKE_FD(*fd);
	/* By its name again, as an O_PATH descriptor could only be opened again by /proc. */
	int last = openat(current(w), name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	return last < 0 ? -errno : last;
}

/* Opens the current directory with the caller's flags. */
static int open_here(const struct walk *w, int flags, mode_t mode)
{
	int fd = openat(current(w), ".", flags | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

/* Removes the next part from the rest of the path. -ENAMETOOLONG. */
static int next_part(struct walk *w, char name[NAME_MAX + 1], bool *ret_last, bool *ret_slash)
{
	const char *at = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(at, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(name, NAME_MAX + 1, "%.*s", n ? (int)n : 1, n ? at : ".");
	*ret_slash = at[n];
	*ret_last = !at[n + strspn(at + n, "/")];
	memmove(w->rest, at + n, strlen(at + n) + 1);
	return 0;
}

#define WALK_ON (-INT_MAX)

/* Walks one part. Returns the descriptor after the last part, else WALK_ON, or -errno. */
static int step(struct walk *w, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	bool last, slash;
	struct stat st;
	int r = next_part(w, name, &last, &slash);

	if (r == 0 && streq(name, ".."))
		r = go_up(w);
	if (r < 0)
		return r;
	if (streq(name, ".") || streq(name, ".."))
		return last ? open_here(w, flags, mode) : WALK_ON;
	_cleanup_close_ int fd = openat(current(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && last && !slash && flags & O_CREAT) {
		int made = openat(current(w), name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
		return made < 0 ? -errno : made;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	r = check_device(w, fd);
	if (r < 0)
		return r;
	bool end = last && !slash;
	if (S_ISLNK(st.st_mode) && !(end && flags & (O_NOFOLLOW | O_EXCL))) {
		r = follow(w, fd);
		return r < 0 ? r : WALK_ON;
	}
	if (end && (flags & O_TMPFILE) != O_TMPFILE)
		return open_last(w, name, &fd, &st, flags, mode);
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	r = enter(w, &fd);
	return r < 0 ? r : last ? open_here(w, flags, mode) : WALK_ON;
}

int path_walk_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve)
{
	_cleanup_(walk_done) struct walk w = {.rootfd = rootfd, .resolve = resolve};
	int r = WALK_ON;

	if (!*path)
		return -ENOENT;
	if (*path == '/' && resolve & PATH_BENEATH)
		return -EXDEV;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	while (r == WALK_ON)
		r = step(&w, flags, mode);
	return r;
}
