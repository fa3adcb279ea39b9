/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Turns the entries of a log's files back into the bytes of the two streams. It takes a file in pieces
 * of any size. The file may have been written by anyone: a line that is not an entry of the driver, or is
 * longer than LOG_LINE_MAX, goes to stdout as it is.
 */

#include "logs/driver.h"

/* Takes bytes of a stream. 0, or an error that ends the reading. */
typedef int (*log_emit)(void *arg, enum log_stream stream, const char *bytes, size_t size);

struct log_parser {
	const struct log_driver *driver; /* one with parse() */
	log_emit emit;
	void *arg;
	bool timestamps;	    /* begin each line with its time and a space */
	int64_t since_ns, until_ns; /* entries of other times are skipped */

	bool in_line[LOG_STREAM_MAX]; /* the stream's last entry was a part of a line */
	bool in_rest;		      /* of a line that was longer than LOG_LINE_MAX ... */
	bool rest_skipped, rest_whole;
	enum log_stream rest_stream;
	size_t size; /* of the line so far */
	char line[LOG_LINE_MAX + 1];
};

/* All entries of all times: INT64_MIN and INT64_MAX for no limit. */
void log_parser_init(struct log_parser *p, const struct log_driver *driver, log_emit emit,
		     void *arg);

/* 0 or the error of emit. */
int log_parser_feed(struct log_parser *p, const char *bytes, size_t size);

/* The file ends here: the begun entry is passed on. 0 or the error of emit. */
int log_parser_end(struct log_parser *p);
