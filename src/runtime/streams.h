/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that pass through masu between the user and a container in the foreground: those of a terminal,
 * of streams that are logged too, and of files that the container doesn't get itself (stdio.h). Each
 * stream is a buffer between two descriptors; nothing is read that can't be written on, so a slow
 * reader holds up the writer.
 */

#include <stdbool.h>
#include <stddef.h>

#include "logs/writer.h"

#define STREAM_BUFFER 65536 /* as much as a pipe holds */
#define STREAMS_MAX   3

enum stream_kind {
	STREAM_INPUT,  /* to a pipe, whose closing tells its end */
	STREAM_OUTPUT, /* from a pipe, which is closed when nothing more can be written on */
	STREAM_KEYS,   /* to the container's terminal, which is told the end by a character */
	STREAM_SCREEN, /* from it */
};

struct stream {
	enum stream_kind kind;
	int from, to;	  /* -1: ended */
	int own[2];	  /* closed with the stream: the pipe's end, the user's terminal; or -1 */
	int log_as;	  /* enum log_stream, or -1 */
	int failed;	  /* errno of the read or write of the user's that ended it, or 0 */
	size_t write_max; /* PIPE_BUF: what never blocks when poll calls `to` writable; else all */
	size_t rest;	  /* at most so many bytes are read; all when it is SIZE_MAX */
	size_t begin, end;
	char buffer[STREAM_BUFFER];
};

struct streams {
	struct stream item[STREAMS_MAX];
	size_t n;
	struct log_writer *log; /* or NULL; with one, a failing output is logged on */
};

/* The pipe's end, `to` of an input and `from` of an output, belongs to the streams from here on. */
void streams_add(struct streams *s, enum stream_kind kind, int from, int to, int log_as);

/* Ends all. */
void streams_done(struct streams *s);

/* Sets the events to wait for; two places of `polls` for each stream. Is the user waited for? */
struct pollfd;
bool streams_wanted(const struct streams *s, struct pollfd *polls);

/* Reads and writes what poll found possible. */
void streams_move(struct streams *s, const struct pollfd *polls);

/*
 * The container has ended: so have its inputs, and its outputs with what has been written. Who still
 * writes there lives outside of the container, or on in one that has no pid namespace.
 */
void streams_finish(struct streams *s);

/* Is there more to come, or to be written on? */
bool streams_left(const struct streams *s);
