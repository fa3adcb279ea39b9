/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A log of events: a directory with the files
 *
 *	log	the latest records, in the order of their writing
 *	log.1	the file that was `log` before; the rotation replaces it
 *
 * A record is a JSON text between a record separator (0x1e) and a line feed, a JSON text sequence of RFC 7464. JSON
 * has neither byte within a text. Therefore readers find the next record behind one that a full disk or a power
 * failure has cut, and skip the incomplete one.
 *
 * Writers hold no lock: a record is one write to a file that is open with O_APPEND, which Linux does not mix with
 * another one. Nothing is synced: a start must not wait for the disk. The writer that finds `log` too large renames
 * it, under its lock, which it does not wait for. A slower writer may have opened the file before, so a reader that
 * follows reads `log.1`, too, until the next rotation replaces it. A reader that is slower than two rotations misses
 * records.
 */

#include <stdbool.h>
#include <stddef.h>

/* A larger text is not written. */
#define EVENT_TEXT_MAX (64u << 10)

/*
 * Appends a text of JSON to the log in `dir`, which is created if it does not exist. A file of more than `file_max`
 * bytes is rotated. 0 or -errno: -EMSGSIZE, -ENOSPC.
 */
int event_log_append(const char *dir, size_t file_max, const char *text);

struct event_source {
	int fd; /* -1: none */
	char *buffer;
	size_t start, end; /* of the bytes that were read and not returned yet */
};

struct event_log {
	int dirfd;
	int changes; /* inotify: polls as readable when there may be new records; -1: not followed */
	struct event_source previous, current; /* log.1, log */
};
#define EVENT_LOG_INIT \
	((struct event_log){.dirfd = -1, .changes = -1, .previous.fd = -1, .current.fd = -1})
void event_log_done(struct event_log *log);
#define _cleanup_event_log_ _cleanup_(event_log_done)

/*
 * Opens a log for reading, and creates it if it does not exist. `at_end`: without the records that it has already.
 * 0 or -errno.
 */
int event_log_open(const char *dir, bool follow, bool at_end, struct event_log *ret);

/*
 * The next text, terminated; valid until the next call. NULL at the end of the log: for now, if it is followed. It
 * may be any bytes but those of the framing: whether it is JSON is not checked. 0 or -errno.
 */
int event_log_next(struct event_log *log, const char **ret_text);
