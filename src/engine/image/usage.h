/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The blobs and unpacked layers of the store, and their users: images, and containers, which need the layers of an image
 * also after its removal. A blob or layer of several images is one object. One without a user is removed by the next
 * garbage collection (transfer/gc.h).
 */

#include "engine/container/container.h"
#include "image/layout.h"
#include "storage/layers.h"

struct usage_object {
	char hex[LAYERS_HEX_LENGTH + 1];
	bool layer;	/* else a blob */
	uint64_t bytes; /* of a layer for all id maps together */
	size_t images;	/* that have it */
	bool needed;	/* by a container */
};

struct usage {
	struct usage_object *object; /* sorted */
	size_t n;
	char **layer_dirs; /* one for each id map */
};
void usage_done(struct usage *u);
#define _cleanup_usage_ _cleanup_(usage_done)

/* Reads the store. The sizes of layers are unknown at first, and 0. */
int usage_read(struct usage *u, struct masu_engine *e, const struct layout *store,
	       const masu_container_list *containers, struct masu_error *err);

/* Measures all layers, or only those without a user. It reads their directories. */
int usage_measure(struct usage *u, struct masu_engine *e, bool unused, struct masu_error *err);

/* The sizes of an image's objects: all of them, and those that it shares with other images. */
void usage_of_image(const struct usage *u, struct masu_engine *e, const struct layout *store,
		    const struct masu_image *image, uint64_t *ret_bytes, uint64_t *ret_shared);

/* The sum of the measured objects without a user that have been removed since. */
uint64_t usage_removed(const struct usage *u, const struct masu_engine *e);
