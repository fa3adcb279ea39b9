/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The pull of one layer. Its bytes come from the disk or from the registry, and go into the sum of its digest, into
 * its partial blob, and into the pipe to the unpacker. A step never blocks: layer-pulls.c runs many in one thread.
 *
 *	WAITING	     for its turn, from the lowest layer up, then for the lock of its blob, which another pull may hold
 *	READING	     bytes on disk: of a partial blob that an earlier pull left, or of the whole blob if only the
 *		     unpacked layer is missing
 *	DOWNLOADING  bytes from the registry, from the end of the partial blob
 *	UNPACKING    all bytes are read and their digest is right. The unpacker finishes; then the layer below must
 *		     be published, on which this one depends (layer-settle.h)
 *	DONE	     blob and layer are published, the lock is released
 *
 * When the pipe to the unpacker is full, the rest of a chunk is kept (one chunk at most) and the source pauses, so a
 * slow disk or a hostile layer does not fill memory.
 *
 * A layer waits only for the layers below it, and takes its lock after they have taken theirs. So of the pulls that hold
 * locks, each has a lowest layer that waits for no other pull.
 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "transfer/blob-store.h"
#include "transfer/image-source.h"
#include "transfer/progress.h"

struct remote_unpack;
struct paths;

/* Shared by all layers of a pull; it outlives them. */
struct layer_pull_context {
	const struct paths *paths;
	int broker; /* the channel to it (broker-client.h) */
	const struct blob_store *blobs;
	const struct digest *diff_ids; /* of all layers */
	const struct image_source *source;
	struct http *http; /* NULL unless the source is a registry */
	struct progress *progress;
};

enum layer_state {
	LAYER_WAITING,
	LAYER_READING,
	LAYER_DOWNLOADING,
	LAYER_UNPACKING,
	LAYER_DONE,
	LAYER_STATE_MAX
};

struct layer_pull {
	const struct image_descriptor *blob;
	struct digest chain;
	size_t number; /* its line of progress; the layers below it are the layers before it */

	enum layer_state state;
	int lock, part, stored; /* descriptors: of the partial blob, or of the whole one */
	uint64_t taken, there;	/* bytes taken so far; bytes that the descriptor has */
	EVP_MD_CTX *sum;
	struct remote_unpack
		*unpack; /* NULL when the layer is there, or when its unpacker has ended */
	char *kept;	 /* the bytes that the pipe did not take yet */
	size_t kept_size, kept_done, kept_room;
	struct exchange download;
	char *what;
};
#define LAYER_PULL_INIT ((struct layer_pull){.lock = -1, .part = -1, .stored = -1})

void layer_pull_done(struct layer_pull *layer, const struct layer_pull_context *c);

/* Advances one layer as far as possible without waiting. 1 if it has advanced, 0 if not, or -errno. */
int layer_pull_step(struct layer_pull *layer, const struct layer_pull_context *c,
		    struct masu_error *err);

/* Adds the descriptor that the layer waits for, besides its download, to `wait`. Returns 0 or 1, the number added. */
size_t layer_pull_poll(const struct layer_pull *layer, struct curl_waitfd *wait);
