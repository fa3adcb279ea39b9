/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Descriptors: whole reads and writes, copies, and what may pass an exec. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Closes and sets to -1, keeping errno. */
void fd_close(int *fd);

/* Reads until `size` bytes or end-of-file; returns the count, or -errno. Retries EINTR. */
ssize_t fd_read_full(int fd, void *buffer, size_t size);

/* Writes all of it. Retries EINTR, waits on EAGAIN. 0 or -errno. */
int fd_write_full(int fd, const void *buffer, size_t size);

/* Reads to end-of-file at most `limit` bytes; -EFBIG for more. The text is terminated. */
int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size);

/* Sets or clears O_CLOEXEC / O_NONBLOCK. 0 or -errno. */
int fd_set_cloexec(int fd, bool on);
int fd_set_nonblock(int fd, bool on);

/*
 * Gives every descriptor from `first` on O_CLOEXEC, so that an exec passes on none of them.
 * 0 or -errno. (close_range(2), or /proc/self/fd on kernels before 5.11.)
 */
int fd_cloexec_from(int first);

/*
 * Opens /dev/null in place of each standard stream that is closed: else what is opened next would
 * be taken for it.
 */
void fd_open_standard(void);

/*
 * Closes every descriptor from `first` on but those in `keep` (in any order; -1 stands for none).
 * 0 or -errno. (One by one on kernels before 5.9.)
 */
int fd_close_from(int first, const int *keep, size_t n);

/* "/proc/self/fd/N", for the few calls that take only a path. */
#define FD_PATH_MAX (sizeof("/proc/self/fd/") + 11)
const char *fd_path(int fd, char buffer[FD_PATH_MAX]);

/*
 * Opens again what an O_PATH or other descriptor refers to, with other flags, by way of
 * /proc/self/fd. The descriptor or -errno.
 */
int fd_reopen(int fd, int flags);

/* The descriptor that "/dev/stdin", "/dev/fd/N" or "/proc/self/fd/N" stands for, or -1. */
int fd_of_path(const char *path);

/* Is it the null device? */
bool fd_is_null(int fd);
