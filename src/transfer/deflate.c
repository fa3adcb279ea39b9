/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/deflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/fd.h"
#include "unpack/sha256.h"

#define BUFFER_SIZE (256 * 1024)
#define GZIP_WINDOW (15 + 16) /* the largest window; 16: with the header of gzip */
#define MEMORY	    8	      /* zlib's default */

struct deflater {
	z_stream z;
	EVP_MD_CTX *diff, *blob;
	unsigned char *in, *out;
	int output;
	uint64_t size;
};

static void deflater_done(struct deflater *d)
{
	(void)deflateEnd(&d->z);
	sha256_free(d->diff);
	sha256_free(d->blob);
	free(d->in);
	free(d->out);
}

/* Compresses the bytes that were read, and with Z_FINISH writes the rest. */
static int step(struct deflater *d, size_t n, int flush)
{
	d->z.next_in = d->in;
	d->z.avail_in = (unsigned int)n;
	do {
		d->z.next_out = d->out;
		d->z.avail_out = BUFFER_SIZE;
		if (deflate(&d->z, flush) == Z_STREAM_ERROR)
			return -EIO;
		size_t made = BUFFER_SIZE - d->z.avail_out;
		int r = sha256_add(d->blob, d->out, made);
		if (r == 0)
			r = fd_write_full(d->output, d->out, made);
		if (r < 0)
			return r;
		d->size += made;
	} while (d->z.avail_out == 0);
	return 0;
}

static int deflate_all(struct deflater *d, int input, struct masu_error *err)
{
	for (;;) {
		ssize_t n = fd_read_full(input, d->in, BUFFER_SIZE);

		if (n < 0)
			return err_sys(err, (int)n, "read the layer");
		int r = sha256_add(d->diff, d->in, (size_t)n);
		if (r == 0)
			r = step(d, (size_t)n, n < BUFFER_SIZE ? Z_FINISH : Z_NO_FLUSH);
		if (r < 0)
			return err_sys(err, r, "write the layer");
		if (n < BUFFER_SIZE)
			return 0;
	}
}

int deflate_layer(int input, int output, struct deflated *ret, struct masu_error *err)
{
	_cleanup_(deflater_done) struct deflater d = {.output = output,
						      .diff = sha256_new(),
						      .blob = sha256_new(),
						      .in = malloc(BUFFER_SIZE),
						      .out = malloc(BUFFER_SIZE)};

	if (!d.diff || !d.blob || !d.in || !d.out ||
	    deflateInit2(&d.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return err_oom(err);
	int r = deflate_all(&d, input, err);
	if (r < 0)
		return r;
	ret->size = d.size;
	r = sha256_finish(d.diff, &ret->diff);
	if (r == 0)
		r = sha256_finish(d.blob, &ret->blob);
	return r < 0 ? err_sys(err, r, "compress the layer") : 0;
}
