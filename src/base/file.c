/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

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

static int sync_folder_of(int dirfd, const char *path)
{
	const char *name = path_last(path);
	_cleanup_free_ char *folder = name == path ? strdup(".")
						   : strndup(path, (size_t)(name - path));

	if (!folder)
		return -ENOMEM;
	_cleanup_close_ int fd = openat(dirfd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* A new file beside `path` whose name starts with ".tmp-", so that clean-up knows it. */
static int create_beside(int dirfd, const char *path, mode_t mode, char **ret_name, int *ret_fd)
{
	size_t folder = (size_t)(path_last(path) - path);

	for (int tries = 0; tries < 100; tries++) {
		_cleanup_free_ char *name = NULL;
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		if (asprintf(&name, "%.*s.tmp-%016" PRIx64, (int)folder, path, random) < 0) {
			name = NULL;
			return -ENOMEM;
		}
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

int file_write_atomic(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode,
		      enum file_write_flags flags)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = -1;
	int r = create_beside(dirfd, path, mode, &name, &fd);

	if (r < 0)
		return r;
	r = fd_write_full(fd, bytes, size);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && flags & FILE_SYNC && fsync(fd) < 0)
		r = -errno;
	if (r == 0) {
		if (flags & FILE_EXCL)
			r = linkat(dirfd, name, dirfd, path, 0) < 0 ? -errno : 0;
		else
			r = renameat(dirfd, name, dirfd, path) < 0 ? -errno : 0;
	}
	if (r < 0 || flags & FILE_EXCL)
		(void)unlinkat(dirfd, name, 0); /* the error that counts is kept */
	if (r == 0 && flags & FILE_SYNC)
		r = sync_folder_of(dirfd, path);
	return r;
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

int file_lock(int dirfd, const char *path, int operation)
{
	_cleanup_close_ int fd = openat(dirfd, path,
					O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

	if (fd < 0)
		return -errno;
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return TAKE_FD(fd);
}

static int remove_below(int dirfd, const char *name, dev_t device);

static int remove_contents(int fd, dev_t device)
{
	_cleanup_closedir_ DIR *d = fdopendir(fd);
	int first = 0;

	if (!d) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		int r = remove_below(dirfd(d), e->d_name, device);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

static int remove_below(int dirfd, const char *name, dev_t device)
{
	struct stat st;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	int saved = errno;
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR ? -saved : -errno;
	if (fstat(fd, &st) < 0 || st.st_dev != device) {
		(void)close(fd);
		return -EXDEV;
	}
	int r = remove_contents(fd, device);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT && r == 0)
		r = -errno;
	return r;
}

int file_remove_tree(int dirfd, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return remove_below(dirfd, path, st.st_dev);
}
