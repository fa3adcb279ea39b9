/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by ISA-L, which decodes at twice zlib's speed. The other build is inflate-zlib.c. */
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "unpack/inflate-backend.h"

static int gzip_restart(void *state)
{
	struct inflate_state *s = state;

	isal_inflate_reset(s);
	s->crc_flag = ISAL_GZIP; /* header and trailer are checked as well */
	return 0;
}

static void *gzip_new(void)
{
	struct inflate_state *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	isal_inflate_init(s);
	(void)gzip_restart(s);
	return s;
}

static int gzip_step(void *state, struct inflate_io *io)
{
	struct inflate_state *s = state;

	s->next_in = (uint8_t *)io->in;
	s->avail_in = (uint32_t)io->in_size;
	s->next_out = io->out;
	s->avail_out = (uint32_t)io->out_size;
	int r = isal_inflate(s);
	io->in = s->next_in;
	io->in_size = s->avail_in;
	io->out = s->next_out;
	io->out_size = s->avail_out;
	if (r < 0 || r == ISAL_NEED_DICT)
		return -EBADMSG;
	return s->block_state == ISAL_BLOCK_FINISH;
}

const struct inflate_backend inflate_gzip = {
	.name = "gzip",
	.new = gzip_new,
	.restart = gzip_restart,
	.step = gzip_step,
	.free = free,
};
