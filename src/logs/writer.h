/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's log in the format that Kubernetes' CRI calls for (podman's k8s-file):
 *
 *	2026-11-22T10:00:00.123456789Z stdout F a whole line, or the end of one
 *	2026-11-22T10:00:00.123456789Z stderr P a part of a line, which goes on in stderr's next entry
 *
 * The bytes of each stream can be had back exactly: an F entry stands for its text and a newline, a
 * P entry for its text alone. Text is taken as it comes, NUL and bytes that are no UTF-8 included;
 * it can't hold a newline, so each entry is one line of the file.
 *
 * What the container writes is logged at once, with one writev(2) for many lines and without copies.
 * Nothing here allocates, and nothing waits for room: what can't be written (a full disk) is
 * dropped and counted, and as soon as writing works again an entry of stderr tells how much is
 * missing at that place. A file never ends in half an entry, except after a power cut, and then the
 * next open closes it with a newline.
 *
 * Rotation: an entry that would make "log" larger than max_size goes into a new "log", after
 * log.N-1 became log.N, ... and log became log.1. Only regular files of mode 0600 directly in the
 * given directory are opened, and no links.
 */

#include <stddef.h>
#include <stdint.h>

/* Longer pieces of lines are split into P entries; so the memory of readers is bounded. */
#define LOG_TEXT_MAX  8192
#define LOG_FILES_MAX 100

/* Unless the user asks for other limits: 30 MiB in all. */
#define LOG_SIZE_DEFAULT  (10 << 20)
#define LOG_FILES_DEFAULT 3

enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAM_MAX };

struct log_writer {
	int dirfd;	    /* borrowed: the container's directory */
	uint64_t max_size;  /* 0: no rotation */
	unsigned int files; /* that are kept, the current one included: 1 to LOG_FILES_MAX */

	int fd;		/* the current file, -1 when it couldn't be opened: tried again */
	uint64_t size;	/* of it, up to the last whole entry */
	uint64_t lost;	/* bytes of output dropped since the last entry ... */
	uint64_t total; /* ... and ever */
};

/*
 * Opens or makes the log. Returns 0, or the -errno of a log that can't be opened now; the writer can
 * be used in both cases.
 */
int log_writer_open(struct log_writer *w, int dirfd, uint64_t max_size, unsigned int files);

/* Logs what was read from a stream at `now_ns`, the wall clock in nanoseconds. Never fails. */
void log_writer_write(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size,
		      int64_t now_ns);

/* Tells what is still untold of dropped bytes, if possible, and closes the file. */
void log_writer_close(struct log_writer *w, int64_t now_ns);
