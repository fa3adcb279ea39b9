/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Two connected TCP sockets that do not block, and the bytes on their ways from each to the other. */

#include <stdbool.h>
#include <stddef.h>

struct stream {
	int fd[2];
	struct way {
		char *bytes; /* from start to end: received, and not sent yet */
		size_t start, end;
		bool ended; /* no more bytes come ... */
		bool shut;  /* ... and the other socket was told so */
	} ways[2];	    /* from fd[i] to fd[1 - i] */
};
#define STREAM_INIT ((struct stream){.fd = {-1, -1}})

/* Takes both sockets. 0 or -ENOMEM: they stay the caller's then. */
int stream_init(struct stream *s, int first, int second);

/* Closes both. */
void stream_done(struct stream *s);

/* The events of poll(2) to wait for at fd[side]. */
short stream_events(const struct stream *s, int side);

/*
 * Moves bytes as far as possible without waiting. True while the stream lives. When one side is reset, the other one is, too: its
 * peer must not take the bytes for all.
 */
bool stream_step(struct stream *s);

/* Closes a socket so that its peer gets a reset in place of an end. */
void stream_reset(int *fd);
