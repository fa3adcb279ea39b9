/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading a container's log with its rotated files, and following it while it is written.
 *
 * Theory: the writer renames files and never rewrites them, so an open file does not change its
 * content, and its inode shows its place in the sequence. A reader opens all files at once, checks that no rotation
 * came in between, and reads from the oldest on. A follower at the end of "log" waits for inotify; when
 * "log" is another inode it reads its own file to the end once more and goes on with the next newer.
 * If the writer has removed files before they were read, it goes on with the oldest: a follower that
 * is slower than the rotation loses entries that the user chose not to keep.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "logs/driver.h"
#include "logs/writer.h"

struct log_query {
	int64_t tail; /* the last lines of both streams together; -1 for all */
	int64_t since_ns,
		until_ns; /* INT64_MIN, INT64_MAX for no limit; applied to what tail leaves */
	bool timestamps;
	bool follow;
	/*
	 * For follow: have the container and the writer ended? Called when nothing more can be read,
	 * at least twice a second. Earlier output is still read after it has returned true.
	 */
	bool (*has_ended)(void *arg);
	void *arg;
	int (*output)(void *arg, enum log_stream stream, const void *bytes,
		      size_t size); /* 0 or -errno */
	void *output_arg;
	int cancel_fd; /* ends a follow with -ECANCELED when it is readable; -1: none */
};
#define LOG_QUERY_INIT       \
	((struct log_query){ \
		.tail = -1, .since_ns = INT64_MIN, .until_ns = INT64_MAX, .cancel_fd = -1})

/*
 * Passes the selected part of the log in a container's directory to `output`. A missing log is an empty one. 0 or an
 * error; a failure of `output` comes back without a message.
 */
int log_read(const struct log_driver *driver, int dirfd, const struct log_query *q,
	     struct masu_error *err);
