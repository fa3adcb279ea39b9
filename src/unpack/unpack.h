/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Unpacks a layer's compressed bytes to the published directory DATA/layers/CHAIN. A sandboxed child in the container's
 * user namespace reads the archive (unpack-child.h); the caller only writes the bytes to a pipe:
 *
 *	unpack_begin();
 *	while (bytes arrive) write(unpack_fd());	EPIPE: go to unpack_finish() for the reason
 *	unpack_end();					optional: then poll unpack_wait_fd()
 *	unpack_finish();
 *	unpack_free();					at any point; kills what still runs
 *
 * The caller ignores SIGPIPE, has one thread only (the child is cloned, not executed), has verified
 * or will verify the blob's own digest before it calls unpack_finish(), and holds
 * DATA/images/ingest/lock shared until the stack that names the layer is written (storage/layers.h).
 */

#include <stdint.h>

#include "base/err.h"

struct idmap;
struct paths;
struct unpack;

enum layer_compression {
	LAYER_AUTO, /* by the first bytes */
	LAYER_PLAIN,
	LAYER_GZIP,
	LAYER_ZSTD,
	LAYER_COMPRESSION_MAX
};

#define UNPACK_BYTES_MAX (UINT64_C(1) << 40)

struct unpack_layer {
	const char
		*diff_id; /* "sha256:HEX" of the uncompressed bytes, as the image's config says */
	const char *chain_hex; /* HEX of the chain id: the layer's name in the store */
	enum layer_compression compression;
	uint64_t size; /* of the compressed blob when known, else 0: for messages of a full disk */
	uint64_t bytes_max; /* that it may unpack to; 0: UNPACK_BYTES_MAX */
	char *const
		*below; /* the layers that it stands on, by their names, bottom first; or NULL */
};

/*
 * Starts the child with a private staging directory. EINVAL for malformed ids, ENOSPC if even the compressed size exceeds
 * the free space, and the errors of userns_spawn(). The layers below need not be published yet.
 */
int unpack_begin(const struct paths *paths, const struct idmap *map,
		 const struct unpack_layer *layer, struct unpack **ret, struct masu_error *err);

/* The end of a pipe to write compressed bytes to; may be made O_NONBLOCK. Owned by `u`. */
int unpack_fd(const struct unpack *u);

/* All bytes are written: closes the pipe, without waiting. unpack_fd() is -1 from then on. */
void unpack_end(struct unpack *u);

/* Polls as readable when the child has exited, so that unpack_finish() does not wait. Owned by `u`. */
int unpack_wait_fd(const struct unpack *u);

/*
 * Ends the input, waits, compares the diff id (EBADMSG), settles the layer with the layers below, which are published by
 * now (layer-notes.h), and publishes it when it is on disk. It also succeeds if another process has published the layer
 * meanwhile. EBADMSG for a malformed, truncated or hostile archive; ENOSPC; EINVAL for owners outside the id map.
 */
int unpack_finish(struct unpack *u, struct masu_error *err);

/* Kills the child, removes the staging directory and releases all. Takes NULL. */
void unpack_free(struct unpack *u);
DEFINE_FREEP(unpack)
#define _cleanup_unpack_ _cleanup_(unpack_freep)
