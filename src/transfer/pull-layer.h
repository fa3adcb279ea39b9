/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One layer on its way into the store: its bytes come from the registry (or from what is there of them
 * already), and go, as they come, into the sum of its digest, into its partial blob, and into the
 * unpacker's pipe. A layer never blocks: layer_pulls_run() moves many on in one thread.
 *
 *	WAITING	  for its turn, which is from the bottom up, then for the lock of its blob: somebody
 *		  else may be pulling it
 *	FEEDING	  bytes that are on disk: of the partial blob that an earlier pull left, or of the whole
 *		  blob when only the unpacked layer is missing
 *	LOADING	  bytes from the registry, from where the partial blob ends
 *	UNPACKING all bytes are there and their digest is right; the unpacker finishes; then the layer below
 *		  must be published, as what this one says depends on it (layer-settle.h)
 *	DONE	  blob and layer are published, the lock is given back
 *
 * When the pipe to the unpacker is full, what is left of a chunk is kept (one chunk at most) and the
 * source is held up, so a slow disk or a hostile layer doesn't fill memory.
 *
 * A layer waits for those below it alone, and takes its lock only when they have theirs: so of the pulls
 * that hold locks each has a lowest layer that waits for nobody.
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

/* What all layers of a pull share. All of it outlives them. */
struct layer_pull_context {
	const struct paths *paths;
	int broker; /* the channel to it (broker-client.h) */
	const struct blob_store *blobs;
	const struct digest *diff_ids; /* of all layers */
	const struct image_source *source;
	struct http *http; /* NULL when the source is no registry */
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
	char *kept;	 /* what the pipe didn't take yet */
	size_t kept_size, kept_done, kept_room;
	struct download download;
	char *what;
};
#define LAYER_PULL_INIT ((struct layer_pull){.lock = -1, .part = -1, .stored = -1})

void layer_pull_done(struct layer_pull *layer, const struct layer_pull_context *c);

/* Moves one layer on as far as it goes without waiting. 1 when something was done, 0 when not. */
int layer_pull_step(struct layer_pull *layer, const struct layer_pull_context *c, struct err *err);

/* What the layer waits for besides its transfer: adds at most one to `wait`; their number. */
size_t layer_pull_poll(const struct layer_pull *layer, struct curl_waitfd *wait);
