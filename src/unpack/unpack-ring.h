/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bounded ring of buffers from one process to another. The bytes are in shared memory. Messages on a pair of sockets tell
 * the size of a buffer, and that it is free again. Each side keeps the state of the ring in its own memory, which the other
 * one cannot change: the worst that a side can do to the other is to stop.
 *
 *	ring_new();
 *	child = fork();			ring_choose(RING_PRODUCER) in one, RING_CONSUMER in the other
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RING_SLOTS     16
#define RING_SLOT_SIZE (256 * 1024)

enum ring_side { RING_PRODUCER, RING_CONSUMER, RING_SIDE_MAX };

struct ring {
	char *memory;
	int ends[RING_SIDE_MAX];
	unsigned int made, taken; /* how many buffers were handed over, and given back */
	bool in_use;		  /* the consumer has one */
};
#define RING_INIT      ((struct ring){.ends = {-1, -1}})
#define _cleanup_ring_ _cleanup_(ring_done)

int ring_new(struct ring *ret, struct masu_error *err);
void ring_done(struct ring *ring);

/* Closes the other side's end; returns the own one, which ring_done() closes. */
int ring_choose(struct ring *ring, enum ring_side own);

/* Processes that are forked from now on do not get the memory. */
int ring_hide(const struct ring *ring);

/* Producer: waits for the next free buffer of RING_SLOT_SIZE bytes. NULL if the consumer has exited. */
void *ring_reserve(struct ring *ring);

/* Producer: hands over `size` bytes of it; 0 is the end of the stream. The next call detects an exit of the consumer. */
void ring_commit(struct ring *ring, size_t size);

/*
 * Producer: waits until the consumer has exited. If a socket is closed with unread messages, the kernel also drops the
 * messages that the other side has not read yet.
 */
void ring_linger(struct ring *ring);

/*
 * Consumer: returns the buffer that it got before, and waits for the next one. *ret_size is 0 at the end of the stream.
 * -ECONNRESET if the producer has exited before that. The producer can still write to the buffer.
 */
int ring_take(struct ring *ring, const void **ret, size_t *ret_size);
