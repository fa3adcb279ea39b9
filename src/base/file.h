/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files of masu: read whole, replaced by a rename, locked, removed. `dirfd` may be AT_FDCWD. Files of a container or an
 * image are opened by path.h instead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * Opens a directory to list it, from its beginning also if it is open already ("."). A link is not followed. NULL and errno.
 */
DIR *file_open_dir(int dirfd, const char *path);

/* The next entry of a directory, without "." and "..". NULL with errno 0 at the end, or with the errno of readdir(3). */
const struct dirent *file_next_entry(DIR *d);

/* Reads at most `limit` bytes; -EFBIG for more. The text is terminated; ret_size may be NULL. */
int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size);

enum file_write_flags {
	FILE_SYNC = 1 << 0, /* fsync the file and its directory: it must survive a power cut */
	FILE_EXCL = 1 << 1, /* -EEXIST if the name exists */
};

#define FILE_TEMPORARY_PREFIX ".tmp-"

/*
 * Replaces the file `path` in one step: a reader sees the old or the new contents. A link is replaced, not followed.
 * A killed process leaves a file beside it whose name begins with FILE_TEMPORARY_PREFIX. 0 or -errno.
 */
int file_write_atomic(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode,
		      enum file_write_flags flags);

/*
 * Counts these files of killed processes, or removes them and counts the removed ones. The caller holds the locks of all
 * processes that replace files of the directory.
 */
size_t file_count_temporary(int dirfd);
size_t file_remove_temporary(int dirfd);

/*
 * Creates a file that no other process uses yet, with exactly this mode. 0, -EEXIST, or the -errno of open(2) or write(2),
 * after which an incomplete file may exist.
 */
int file_write_new(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode);

/*
 * Gives a new directory exactly this mode, independent of umask, and removes the ACLs that it inherited from its parent,
 * as they would change the modes of all new files in it. 0 or -errno.
 */
int file_set_plain_mode(int fd, mode_t mode);

/*
 * The number of bytes that the caller may still write to the file system of `fd`; UINT64_MAX if it does not count them,
 * like ramfs. 0 or -errno.
 */
int file_free_space(int fd, uint64_t *ret);

/* Writes into an existing file (of /proc, /sys or a cgroup) with one write(2). 0 or -errno. */
int file_write_value(int dirfd, const char *path, const char *value);

/*
 * Locks a file, which is created with mode 0600 if it is missing. `operation` is that of flock(2); with LOCK_NB it may
 * fail with -EWOULDBLOCK. Returns the descriptor, which holds the lock until it is closed, or -errno.
 */
int file_lock(int dirfd, const char *path, int operation);

/*
 * The same, but the wait ends with -ECANCELED when `cancel_fd` is readable; -1: never. Locks cannot be polled: with a
 * `cancel_fd` it tries again every few milliseconds. The second function locks an open file: 0 or -errno.
 */
int file_lock_or_cancel(int dirfd, const char *path, int operation, int cancel_fd);
int fd_lock_or_cancel(int fd, int operation, int cancel_fd);

/* Is `path` the file that is open as `fd`? A link at `path` is not followed. */
bool file_is_at(int fd, int dirfd, const char *path);

/*
 * Creates a directory of mode 0700, opens it and takes its lock. -EEXIST, or -ESTALE if another process took it for a
 * leftover and removed it before it was locked.
 */
int file_make_locked_dir(int dirfd, const char *path);

/*
 * Removes a file, or a directory with its contents of any depth and permissions, without following links or crossing a
 * mount point (-EXDEV). It continues after a failure. 0, also if the path does not exist, or the first -errno; -EINVAL if
 * the last part is "." or "..".
 */
int file_remove_tree(int dirfd, const char *path);
