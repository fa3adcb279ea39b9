/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files of masu's own: read whole, written beside and renamed into place, locked, removed.
 * `dirfd` may be AT_FDCWD. Contents of a rootfs go through path.h instead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Reads at most `limit` bytes; -EFBIG for more. The text is terminated; ret_size may be NULL. */
int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size);

enum file_write_flags {
	FILE_SYNC =
		1 << 0, /* fsync the file and its directory: the user was told that it is done */
	FILE_EXCL = 1 << 1, /* -EEXIST when there is something of that name */
};

/*
 * Replaces `path` with the given bytes in one step: a reader sees the old or the new whole.
 * Links at `path` are replaced, not followed. 0 or -errno.
 */
int file_write_atomic(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode,
		      enum file_write_flags flags);

/*
 * Makes a file of the given bytes where nobody looks for it yet, with exactly this mode. -EEXIST, or
 * what open(2) and write(2) say; a part of it may be there then.
 */
int file_write_new(int dirfd, const char *path, const void *bytes, size_t size, mode_t mode);

/*
 * Gives a new directory exactly this mode, whatever umask says, and takes from it the ACLs that a
 * default ACL of its parent gave it: else they would change the modes of all that is made in it. 0 or
 * -errno.
 */
int file_set_plain_mode(int fd, mode_t mode);

/*
 * How many bytes the caller may still write to the file system of `fd`; UINT64_MAX where it does not
 * count them, as ramfs. 0 or -errno.
 */
int file_free_space(int fd, uint64_t *ret);

/* Writes into an existing file (of /proc, /sys or a cgroup) with one write(2). 0 or -errno. */
int file_write_value(int dirfd, const char *path, const char *value);

/*
 * Takes a lock file made with mode 0600; `operation` is that of flock(2), LOCK_NB included
 * (-EWOULDBLOCK). The descriptor holds the lock until it is closed. -errno.
 */
int file_lock(int dirfd, const char *path, int operation);

/* Is `path` the file that is open as `fd`? A link at `path` is not followed. */
bool file_is_at(int fd, int dirfd, const char *path);

/*
 * Creates a directory of mode 0700, opens it and takes its lock. -EEXIST, or -ESTALE if another process took it for a
 * leftover and removed it before it was locked.
 */
int file_make_locked_dir(int dirfd, const char *path);

/*
 * Removes a file or a directory with all that is in it, never following links or crossing a mount
 * point (-EXDEV), and going on past what can't be removed. Any depth and any permissions of the
 * caller's own directories will do. 0 (also when nothing was there) or the first -errno; -EINVAL for
 * a path whose last part is "." or "..".
 */
int file_remove_tree(int dirfd, const char *path);
