/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib, for builds without ISA-L (inflate-isal.c). */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "unpack/inflate-backend.h"

/* The largest window, and 16 for a gzip header and trailer, which zlib then checks. */
#define GZIP_WINDOW_BITS (15 + 16)

static void *gzip_new(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z && inflateInit2(z, GZIP_WINDOW_BITS) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static int gzip_restart(void *state)
{
	return inflateReset(state) == Z_OK ? 0 : -ENOMEM;
}

static int gzip_step(void *state, struct inflate_io *io)
{
	z_stream *z = state;

	z->next_in = (Bytef *)io->in;
	z->avail_in = (uInt)io->in_size;
	z->next_out = io->out;
	z->avail_out = (uInt)io->out_size;
	int r = inflate(z, Z_NO_FLUSH);
	io->in = z->next_in;
	io->in_size = z->avail_in;
	io->out = z->next_out;
	io->out_size = z->avail_out;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return -EBADMSG;
	return r == Z_STREAM_END;
}

static void gzip_free(void *state)
{
	(void)inflateEnd(state); /* it fails only for a stream that was never started */
	free(state);
}

const struct inflate_backend inflate_gzip = {
	.name = "gzip",
	.new = gzip_new,
	.restart = gzip_restart,
	.step = gzip_step,
	.free = gzip_free,
};
