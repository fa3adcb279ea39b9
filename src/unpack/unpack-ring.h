/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bounded ring of buffers from one process to another. The bytes are in shared memory; how many there are in
 * each buffer, and that it is free again, is said on a pair of sockets. Nothing that the other process could
 * spoil is believed: the ring's state is each side's own, so that the worst that one can do to the other is to
 * stop.
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

/* The memory is not in processes that are forked from now on. */
int ring_hide(const struct ring *ring);

/* Producer: the next free buffer of RING_SLOT_SIZE bytes, once there is one. NULL when the consumer has gone. */
void *ring_reserve(struct ring *ring);

/* Producer: hands over `size` bytes of it; 0 is the end of the stream. That the consumer has gone shows later. */
void ring_commit(struct ring *ring, size_t size);

/*
 * Producer: waits until the consumer has gone. A socket that is closed before it has read all that was said to
 * it takes what the other side has not read yet along.
 */
void ring_linger(struct ring *ring);

/*
 * Consumer: gives back the buffer that it got before, and waits for the next one; *ret_size is 0 at the end of
 * the stream. -ECONNRESET when the producer has gone before that. The producer may still write to the buffer.
 */
int ring_take(struct ring *ring, const void **ret, size_t *ret_size);
