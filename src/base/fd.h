/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* File descriptors: whole reads and writes, flags, and inheritance across an exec. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Closes and sets to -1, keeping errno. */
void fd_close(int *fd);

/* Reads `size` bytes, fewer only at end of file. Returns the count, or -errno. Retries EINTR. */
ssize_t fd_read_full(int fd, void *buffer, size_t size);

/* Writes all of it. Retries EINTR, waits on EAGAIN. 0 or -errno. */
int fd_write_full(int fd, const void *buffer, size_t size);

/* An anonymous file in memory with these bytes, read from its beginning, above the standard streams. The descriptor or -errno. */
int fd_memory(const char *name, const void *bytes, size_t size);

/* Reads to end of file, at most `limit` bytes; -EFBIG for more. The text is terminated. ret_size may be NULL. */
int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size);

/* Sets or clears O_CLOEXEC / O_NONBLOCK. 0 or -errno. */
int fd_set_cloexec(int fd, bool on);
int fd_set_nonblock(int fd, bool on);

/*
 * Sets O_CLOEXEC on every descriptor from `first` on. 0 or -errno. (By close_range(2), or /proc/self/fd on kernels
 * before 5.11.)
 */
int fd_cloexec_from(int first);

/*
 * Opens /dev/null in place of each closed standard stream. Otherwise the next file to be opened would become that
 * stream.
 */
void fd_open_standard(void);

/*
 * Closes every descriptor from `first` on except those in `keep`, which may be in any order; -1 is ignored. 0 or -errno.
 * (One by one on kernels before 5.9.)
 */
int fd_close_from(int first, const int *keep, size_t n);

/* "/proc/self/fd/N", for calls that take a path alone. */
#define FD_PATH_MAX (sizeof("/proc/self/fd/") + 11)
const char *fd_path(int fd, char buffer[FD_PATH_MAX]);

/* Opens the file of a descriptor (O_PATH or other) again with other flags, by /proc/self/fd. The descriptor or -errno. */
int fd_reopen(int fd, int flags);

/* The descriptor that "/dev/stdin", "/dev/fd/N" or "/proc/self/fd/N" stands for, or -1. */
int fd_of_path(const char *path);

/*
 * The number of descriptors that the service manager passed to this process from 3 on (sd_listen_fds(3)). 0 also if one of
 * them is closed, or close-on-exec and so the process's own.
 */
int fd_count_listening(void);

/* Is it the null device? */
bool fd_is_null(int fd);
