/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Turns the entries of a k8s-file log (writer.h) back into the bytes of the two streams. Takes the file
 * in pieces of any size, and text of any length without keeping it. The file may have been written
 * by anyone: a line that is no entry is passed to stdout as it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logs/writer.h"

/* Time stamp, stream and tags of one entry are at most this long; ours have 40 bytes. */
#define LOG_HEAD_MAX 80

/* Takes bytes of a stream. 0, or an error that ends the reading. */
typedef int (*log_emit)(void *arg, enum log_stream stream, const char *bytes, size_t size);

struct log_parser {
	log_emit emit;
	void *arg;
	bool timestamps;	    /* begin each line with its time and a space */
	int64_t since_ns, until_ns; /* entries of other times are left out */

	char head[LOG_HEAD_MAX];
	size_t head_size;
	bool in_text; /* the head is complete */
	bool skip;    /* this entry is left out */
	bool whole;   /* its text ends with a newline */
	enum log_stream stream;
	bool in_line[LOG_STREAM_MAX]; /* the stream's last entry was a P */
};

/* Everything of every time: INT64_MIN and INT64_MAX for no limit. */
void log_parser_init(struct log_parser *p, log_emit emit, void *arg);

/* 0 or what emit returned. */
int log_parser_feed(struct log_parser *p, const char *bytes, size_t size);

/* The file ends here: what is there of an unfinished entry is passed on. 0 or what emit returned. */
int log_parser_end(struct log_parser *p);

/*
 * The tag of the entry that begins at `line`, of which `size` bytes are there: 'F', 'P', or 'F' for
 * what is no entry.
 */
char log_parser_tag(const char *line, size_t size);
