/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The interface of decoders to inflate.c. A member is a gzip member or a zstd frame. */

#include <stddef.h>
#include <stdint.h>

struct inflate_io {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size;
};

struct inflate_backend {
	const char *name;
	void *(*new)(void); /* NULL when out of memory */
	int (*restart)(void *state);
	/*
	 * Continues to decode, and advances `io`. 1 at the end of a member, 0 if it needs more input or
	 * room, -EBADMSG.
	 */
	int (*step)(void *state, struct inflate_io *io);
	void (*free)(void *state);
};

extern const struct inflate_backend inflate_gzip; /* inflate-isal.c or inflate-zlib.c */
extern const struct inflate_backend inflate_zstd;
