/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Log drivers: where a container's output goes, and how it is read back. Each is one file:
 * k8s-file.c, json-file.c, journald.c; driver.c has the table. To add one, write its file and add a
 * line to that table. The writing side is part of masu-monitor: libc alone, no allocation.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* Longer pieces of lines are split, so that the memory of readers is bounded. */
#define LOG_TEXT_MAX 8192
/* The longest line of a file that is read as an entry. */
#define LOG_LINE_MAX 65536

enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAM_MAX };

/* Output of one stream, read at one moment. */
struct log_output {
	enum log_stream stream;
	int64_t now_ns; /* the wall clock */
	const char *text;
	size_t size;
};

/* Entries on their way into a file: one writev(2) writes many, text is not copied where that works. */
#define LOG_BATCH_PIECES 96
struct log_batch {
	struct iovec pieces[LOG_BATCH_PIECES];
	int n_pieces;
	size_t size;		    /* of the pieces */
	char scratch[LOG_TEXT_MAX]; /* for bytes that are not the output's */
};
void log_batch_add(struct log_batch *b, const char *bytes, size_t size);

/* One entry of a file. The texts lie in its line. */
struct log_entry {
	const char *stamp; /* RFC 3339 */
	size_t stamp_size;
	enum log_stream stream;
	bool whole; /* its text ends a line; the newline is not part of it */
	char *text;
	size_t size;
};

struct log_writer;

struct log_driver {
	const char *name;
	bool has_tag; /* entries carry the container's names and a tag */
	bool passes;  /* the container has the streams of the process that starts it */

	/* 0, or -errno when it cannot be used on this host. NULL: always. */
	int (*check)(void);

	/* NULL for a driver that keeps nothing. The contracts are those of writer.h. */
	int (*open)(struct log_writer *w);
	void (*write)(struct log_writer *w, const struct log_output *output);
	void (*close)(struct log_writer *w, int64_t now_ns);

	/*
	 * The lines of a driver that writes files; NULL for others. fill() takes as many entries as fit
	 * into a batch and into `room` bytes of the file, or, with `force`, at least one; it returns the
	 * number of bytes taken. parse() reads one line, without its newline, and may change it.
	 */
	size_t (*fill)(struct log_batch *b, const struct log_output *output, uint64_t room,
		       bool force);
	bool (*parse)(char *line, size_t size, struct log_entry *ret);
};

extern const struct log_driver log_k8s_file;
extern const struct log_driver log_json_file;
extern const struct log_driver log_journald;
extern const struct log_driver log_none;
extern const struct log_driver log_passthrough;

#define LOG_DRIVERS "k8s-file, json-file, journald, none, passthrough"

/* NULL for an unknown name. No name (NULL) stands for k8s-file. */
const struct log_driver *log_driver_find(const char *name);
