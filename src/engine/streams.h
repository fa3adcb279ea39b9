/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that pass through masu between the user and a container in the foreground: only those of a
 * terminal, and of streams that are logged too. Each stream is a small buffer between two
 * descriptors; nothing is read that can't be written on, so who doesn't read holds up who writes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "logs/writer.h"

#define STREAM_BUFFER 16384
#define STREAMS_MAX   2

struct stream {
	int from, to;  /* -1: ended */
	bool is_input; /* of a terminal: its end is told by the end-of-file character */
	int log_as;    /* enum log_stream, or -1 */
	size_t begin, end;
	char buffer[STREAM_BUFFER];
};

struct streams {
	struct stream item[STREAMS_MAX];
	size_t n;
	struct log_writer *log; /* or NULL */
};

void streams_add(struct streams *s, int from, int to, bool is_input, int log_as);

/* Sets the events to wait for; two places of `polls` for each stream. */
struct pollfd;
void streams_wanted(const struct streams *s, struct pollfd *polls);

/* Reads and writes what poll found possible. */
void streams_move(struct streams *s, const struct pollfd *polls);

/*
 * Writes on what the container has left behind, for at most `timeout_ms` when someone else still
 * holds the other end. Inputs are not looked at.
 */
void streams_drain(struct streams *s, int timeout_ms);
