/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The source of an image: a repository of a registry, or a layout in a directory (file-image.h makes one from an
 * archive). Small documents are read whole and verified here; pull-layer.h reads layers.
 */

#include "base/err.h"
#include "image/layout.h"
#include "registry/registry.h"

struct image_source {
	/* One of the two; both NULL for an image whose blobs are all in the store. */
	struct registry *registry;
	const struct layout *layout;
	bool disposable; /* the layout is a temporary one of masu: its files may be linked */
};

/* An index or a manifest, verified. */
struct image_source_document {
	char *bytes;
	size_t size;
	char *media_type; /* of the transport or the descriptor, or NULL */
	struct digest digest;
};

void image_source_document_done(struct image_source_document *d);
#define _cleanup_image_source_document_ _cleanup_(image_source_document_done)

/*
 * Finds the entries of a layout's index.json that have the name or tag `selector`, or all if it is NULL. Returns their
 * number, and the last of them.
 */
size_t image_source_choose(const struct image_index *index, const char *selector,
			   const struct image_descriptor **ret);

/*
 * Gets the document of a name. For a registry, `selector` is a tag or a digest. For a layout, it is the whole
 * org.opencontainers.image.ref.name or its tag, or NULL if the layout has one image.
 */
int image_source_top(const struct image_source *s, const char *selector,
		     struct image_source_document *ret, struct masu_error *err);

/* Gets the manifest or index of a descriptor. */
int image_source_document(const struct image_source *s, const struct image_descriptor *d,
			  struct image_source_document *ret, struct masu_error *err);

/* Gets a small blob, of at most `limit` bytes. */
int image_source_blob(const struct image_source *s, const struct image_descriptor *d, size_t limit,
		      char **ret, struct masu_error *err);
