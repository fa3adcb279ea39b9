/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The uncompressed bytes of a stream that is read from a descriptor. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "unpack/unpack.h"

/* A zstd frame may ask for this much memory (RFC 8878 recommends 8 MiB, `zstd --long` takes 128). */
#define INFLATE_ZSTD_WINDOW_LOG 27

struct inflate;

/* `fd` is borrowed. Nothing is read yet. -ENOMEM. */
int inflate_new(enum layer_compression compression, int fd, struct inflate **ret,
		struct masu_error *err);

/*
 * Fills the buffer; it returns fewer bytes, or none, only at the end. Several gzip members or zstd frames are one stream.
 * EBADMSG for a damaged or truncated stream, bytes after its end, and an unknown compression. The reader must limit the
 * output: an honest layer of zeros shrinks to a thousandth.
 */
ssize_t inflate_read(struct inflate *inflate, void *buffer, size_t size, struct masu_error *err);

void inflate_free(struct inflate *inflate);
