/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that pass through masu between the user and a container in the foreground: those of a terminal,
 * of streams that are logged too, and of files that the container doesn't get itself (stdio.h). Each
 * stream is a buffer between two descriptors. It reads no more than it can write, so a slow reader
 * slows down the writer.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/keys.h"
#include "logs/writer.h"

#define STREAM_BUFFER 65536 /* as much as a pipe holds */
#define STREAMS_MAX   3

enum stream_kind {
	STREAM_INPUT,  /* to a pipe, which is closed at its end */
	STREAM_OUTPUT, /* from a pipe, which is closed when the output has failed */
	STREAM_KEYS,   /* to the container's terminal, where a character marks the end */
	STREAM_SCREEN, /* from it */
};

struct stream {
	enum stream_kind kind;
	int from, to;	  /* -1: ended */
	int own[2];	  /* closed with the stream: the pipe's end, the user's terminal; or -1 */
	int log_as;	  /* enum log_stream, or -1 */
	int failed;	  /* errno of the read or write of the user's that ended it, or 0 */
	size_t write_max; /* PIPE_BUF, if a larger write may block after poll calls `to` writable */
	size_t rest;	  /* at most so many bytes are read; all when it is SIZE_MAX */
	size_t begin, end;
	char buffer[STREAM_BUFFER];
};

struct streams {
	struct stream item[STREAMS_MAX];
	size_t n;
	struct log_writer *log; /* or NULL; with one, a failing output is logged on */
	struct keys *keys;	/* or NULL: looked for in what STREAM_KEYS reads ... */
	bool detached;		/* ... and typed */
};

/* The pipe's end, `to` of an input and `from` of an output, belongs to the streams from here on. */
void streams_add(struct streams *s, enum stream_kind kind, int from, int to, int log_as);

/*
 * Gives `size` bytes, at most STREAM_BUFFER, to an output that was added with `from` -1 and has written
 * on all that it had.
 */
void stream_feed(struct stream *t, const void *bytes, size_t size);

/* Ends all. */
void streams_done(struct streams *s);

/* Sets the events to wait for; two places of `polls` for each stream. Is the user waited for? */
struct pollfd;
bool streams_wanted(const struct streams *s, struct pollfd *polls);

/* Reads and writes what poll found possible. */
void streams_move(struct streams *s, const struct pollfd *polls);

/* Have the keys that detach been typed, and all that was typed before them passed on? */
bool streams_detached(const struct streams *s);

/*
 * The container has ended: so have its inputs, and its outputs once their contents are read. Any
 * remaining writer is outside of the container, or in one without a pid namespace of its own.
 */
void streams_finish(struct streams *s);

/* Is there more to read, or to write? */
bool streams_left(const struct streams *s);
