/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bounded ring of buffers between two threads: one decompresses into it, the other hashes and
 * unpacks out of it. Buffers are handed over, not copied.
 */

#include <stddef.h>

#include "base/err.h"

#define RING_SLOTS     16
#define RING_SLOT_SIZE (256 * 1024)

struct ring;

/* -ENOMEM. The producer waits in ring_reserve() until ring_open(). */
int ring_new(struct ring **ret, struct err *err);
void ring_free(struct ring *ring);

/* Lets the producer begin. */
void ring_open(struct ring *ring);

/* Producer: the next free buffer of RING_SLOT_SIZE bytes, once there is one. */
void *ring_reserve(struct ring *ring);

/* Producer: hands over `size` bytes of it; 0 is the end of the stream. */
void ring_commit(struct ring *ring, size_t size);

/* Producer: ends the stream with an error, whose text moves into the ring. */
void ring_fail(struct ring *ring, struct err *err);

/*
 * Consumer: gives back the buffer that it got before, and waits for the next one; *ret_size is 0
 * from the end of the stream on. The producer's error when it failed.
 */
int ring_take(struct ring *ring, const void **ret, size_t *ret_size, struct err *err);
