/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, limit, ret, ret_size);
}

DIR *file_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		fd_close(&fd);
	return d;
}

const struct dirent *file_next_entry(DIR *d)
{
	const struct dirent *e;

	do {
		errno = 0;
		e = readdir(d);
	} while (e && (streq(e->d_name, ".") || streq(e->d_name, "..")));
	return e;
}

static char *dir_of(const char *path)
{
	const char *name = path_last(path);

	return name == path ? strdup(".") : strndup(path, (size_t)(name - path));
}

static int open_dir_of(int dirfd, const char *path)
{
	_cleanup_free_ char *dir = dir_of(path);

	if (!dir)
		return -ENOMEM;
	int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Creates a file beside `path`. */
static int create_beside(int dirfd, const char *path, mode_t mode, char **ret_name, int *ret_fd)
{
	size_t dir = (size_t)(path_last(path) - path);

	for (int tries = 0; tries < 100; tries++) {
		_cleanup_free_ char *name = NULL;
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		name = str_printf("%.*s" FILE_TEMPORARY_PREFIX "%016" PRIx64, (int)dir, path,
				  random);
		if (!name)
			return -ENOMEM;
		int fd = openat(dirfd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
				mode);
		if (fd >= 0) {
			*ret_name = TAKE_PTR(name);
			*ret_fd = fd;
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int fill(int fd, const void *bytes, size_t size, mode_t mode, enum file_write_flags flags)
{
	int r = fd_write_full(fd, bytes, size);

	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0)
		return -errno;
	return flags & FILE_SYNC && fsync(fd) < 0 ? -errno : 0;
}

static int move_into_place(int dirfd, const char *name, const char *path, bool exclusive)
{
	int r = exclusive ? linkat(dirfd, name, dirfd, path, 0)
			  : renameat(dirfd, name, dirfd, path);

	return r < 0 ? -errno : 0;
}

int file_write_atomic(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode,
		      enum file_write_flags flags)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = -1, dir = -1;
	int r;

	/* First: a shortage of descriptors must not fail a call that has replaced the file. */
	if (flags & FILE_SYNC) {
		dir = open_dir_of(dirfd, path);
		if (dir < 0)
			return dir;
	}
	r = create_beside(dirfd, path, mode, &name, &fd);
	if (r < 0)
		return r;
	r = fill(fd, bytes, size, mode, flags);
	r = r < 0 ? r : move_into_place(dirfd, name, path, flags & FILE_EXCL);
	if (r < 0 || flags & FILE_EXCL)
		(void)unlinkat(dirfd, name, 0); /* the first error is returned */
	return r == 0 && flags & FILE_SYNC && fsync(dir) < 0 ? -errno : r;
}

/* Other programs, whose files may be in the directory, too, have other names with this prefix. */
static bool is_temporary(const char *name)
{
	const char *random = str_after(name, FILE_TEMPORARY_PREFIX);

	return random && strlen(random) == 16 && strspn(random, "0123456789abcdef") == 16;
}

static size_t for_each_temporary(int dirfd, bool remove)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");
	const struct dirent *entry;
	size_t n = 0;

	while (d && (entry = file_next_entry(d)))
		if (is_temporary(entry->d_name) &&
		    (!remove || unlinkat(dirfd, entry->d_name, 0) == 0))
			n++;
	return n;
}

size_t file_count_temporary(int dirfd)
{
	return for_each_temporary(dirfd, false);
}

size_t file_remove_temporary(int dirfd)
{
	return for_each_temporary(dirfd, true);
}

int file_write_new(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode)
{
	_cleanup_close_ int fd = openat(dirfd, path,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	/* Other users read it: umask and a default ACL must not change the mode. */
	return fd < 0 || fchmod(fd, mode) < 0 ? -errno : fd_write_full(fd, bytes, size);
}

int file_set_plain_mode(int fd, mode_t mode)
{
	if (fgetxattr(fd, PATH_DEFAULT_ACL, NULL, 0) >= 0 &&
	    (fremovexattr(fd, PATH_DEFAULT_ACL) < 0 ||
	     fremovexattr(fd, "system.posix_acl_access") < 0))
		return -errno;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

int file_free_space(int fd, uint64_t *ret)
{
	struct statvfs s;

	if (fstatvfs(fd, &s) < 0)
		return -errno;
	*ret = s.f_blocks ? (uint64_t)s.f_bavail * s.f_frsize : UINT64_MAX;
	return 0;
}

int file_write_value(int dirfd, const char *path, const char *value)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = strlen(value);

	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, value, n);
	if (written < 0)
		return -errno;
	return (size_t)written == n ? 0 : -EIO;
}

#define LOCK_PAUSE_MS 3

int fd_lock_or_cancel(int fd, int operation, int cancel_fd)
{
	struct pollfd wait = {.fd = cancel_fd, .events = POLLIN};
	int now = cancel_fd < 0 ? operation : operation | LOCK_NB;

	while (flock(fd, now) < 0) {
		bool waits = errno == EWOULDBLOCK && !(operation & LOCK_NB);

		if (!waits && errno != EINTR)
			return -errno;
		if (waits && poll(&wait, 1, LOCK_PAUSE_MS) > 0)
			return -ECANCELED;
	}
	return 0;
}

int file_lock_or_cancel(int dirfd, const char *path, int operation, int cancel_fd)
{
	_cleanup_close_ int fd = openat(dirfd, path,
					O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

	if (fd < 0)
		return -errno;
	int r = fd_lock_or_cancel(fd, operation, cancel_fd);
	return r < 0 ? r : TAKE_FD(fd);
}

int file_lock(int dirfd, const char *path, int operation)
{
	return file_lock_or_cancel(dirfd, path, operation, -1);
}

bool file_is_at(int fd, int dirfd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dirfd, path, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int file_make_locked_dir(int dirfd, const char *path)
{
	if (mkdirat(dirfd, path, 0700) < 0)
		return -errno;
	_cleanup_close_ int fd = openat(dirfd, path,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return file_is_at(fd, dirfd, path) ? TAKE_FD(fd) : -ESTALE;
}

/*
 * A tree that a container or an image has filled may contain links to anywhere, directories without permissions, mount
 * points (as root sees them), and more levels than there are descriptors. Therefore names are removed relative to the
 * descriptor of their directory, a directory is opened neither through a link nor across a mount, its owner gets the
 * permissions back, and directories below REMOVE_DEPTH_MAX are moved up into the top directory, for the next round.
 */
#define REMOVE_DEPTH_MAX  64
#define REMOVE_ROUNDS_MAX 8 /* that find more, because a process is still writing */

struct removal {
	int top;	    /* the top directory */
	unsigned int moved; /* the number of directories that were moved up into it */
};

static int open_to_empty(int dirfd, const char *name)
{
	const enum path_flags own = PATH_BENEATH | PATH_NO_SYMLINKS | PATH_NO_XDEV;
	struct stat st;

	int fd = path_open_in(dirfd, name, O_RDONLY | O_DIRECTORY, 0, own);
	if (fd == -EACCES) {
		_cleanup_close_ int locked = path_open_in(dirfd, name, O_PATH | O_DIRECTORY, 0,
							  own);
		char path[FD_PATH_MAX];

		if (locked < 0)
			return locked;
		if (chmod(fd_path(locked, path), 0700) < 0)
			return -errno;
		return fd_reopen(locked, O_RDONLY | O_DIRECTORY);
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700); /* if it was needed, a removal fails later */
	return fd;
}

static int move_up(struct removal *rm, int dirfd, const char *name)
{
	for (;;) {
		char up[32];

		(void)snprintf(up, sizeof(up), ".masu-deep-%u", rm->moved++);
		if (renameat(dirfd, name, rm->top, up) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return -errno;
	}
}

static int empty_dir(struct removal *rm, int fd, int depth);

static int remove_entry(struct removal *rm, int dirfd, const char *name, int depth)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	int why = -errno; /* EISDIR; EPERM for immutable files and, by POSIX, for directories */
	if (why != -EISDIR && why != -EPERM)
		return why;
	_cleanup_close_ int fd = open_to_empty(dirfd, name);
	if (fd < 0)
		return fd == -ENOTDIR || fd == -ELOOP ? why : fd;
	if (depth >= REMOVE_DEPTH_MAX && move_up(rm, dirfd, name) == 0)
		return 0;
	int r = empty_dir(rm, TAKE_FD(fd), depth + 1);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY &&
	    r == 0)
		r = -errno; /* after ENOTEMPTY, the next round removes it */
	return r;
}

/* Closes fd. Continues after a failure. Returns the first one, or 0. */
static int empty_dir(struct removal *rm, int fd, int depth)
{
	_cleanup_closedir_ DIR *d = fdopendir(fd);
	int first = 0;

	if (!d) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	for (const struct dirent *e; (e = file_next_entry(d));) {
		int r = remove_entry(rm, dirfd(d), e->d_name, depth);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

static int remove_named(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	int why = -errno;
	if (why != -EISDIR && why != -EPERM)
		return why;
	_cleanup_close_ int top = open_to_empty(dirfd, name);
	if (top < 0)
		return top == -ENOTDIR || top == -ELOOP ? why : top;
	struct removal rm = {.top = top};
	for (int rounds = 1;; rounds++) {
		unsigned int moved = rm.moved;
		int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int r = fd < 0 ? -errno : empty_dir(&rm, fd, 0);

		if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (fd >= 0 && rm.moved != moved)
			continue;
		if (r < 0 || errno != ENOTEMPTY || rounds >= REMOVE_ROUNDS_MAX)
			return r < 0 ? r : -errno;
	}
}

int file_remove_tree(int dirfd, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	size_t n = strlen(path);

	if (!copy)
		return -ENOMEM;
	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = 0;
	const char *name = path_last(copy);
	if (!*name || streq(name, ".") || streq(name, ".."))
		return -EINVAL;
	_cleanup_free_ char *dir = dir_of(copy);
	if (!dir)
		return -ENOMEM;
	_cleanup_close_ int parent = openat(dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return errno == ENOENT ? 0 : -errno;
	return remove_named(parent, name);
}
