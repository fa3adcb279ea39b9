/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <zstd.h>

#include "unpack/inflate-backend.h"
#include "unpack/inflate.h"

static void *zstd_new(void)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (z &&
	    ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, INFLATE_ZSTD_WINDOW_LOG))) {
		(void)ZSTD_freeDStream(z);
		return NULL;
	}
	return z;
}

static int zstd_restart(void *state)
{
	return ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only)) ? -ENOMEM : 0;
}

static int zstd_step(void *state, struct inflate_io *io)
{
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_size};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_size};
	size_t r = ZSTD_decompressStream(state, &out, &in);

	io->in += in.pos;
	io->in_size -= in.pos;
	io->out += out.pos;
	io->out_size -= out.pos;
	if (ZSTD_isError(r))
		return -EBADMSG;
	return r == 0;
}

static void zstd_free(void *state)
{
	(void)ZSTD_freeDStream(state); /* always 0 */
}

const struct inflate_backend inflate_zstd = {
	.name = "zstd",
	.new = zstd_new,
	.restart = zstd_restart,
	.step = zstd_step,
	.free = zstd_free,
};
