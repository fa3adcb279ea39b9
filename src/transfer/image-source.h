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
	bool disposable; /* the layout is masu's own temporary: its files may be moved */
};

/* An index or a manifest, verified. */
struct image_source_document {
	char *bytes;
	size_t size;
	char *media_type; /* what the transport or the descriptor calls it, or NULL */
	struct digest digest;
};

void image_source_document_done(struct image_source_document *d);
#define _cleanup_image_source_document_ _cleanup_(image_source_document_done)

/*
 * How many entries of a layout's index.json have the name or tag `selector`, or of all when it is
 * NULL, and the last of them.
 */
size_t image_source_choose(const struct image_index *index, const char *selector,
			   const struct image_descriptor **ret);

/*
 * The document that a name stands for. Of a registry, `selector` is a tag or a digest. Of a layout, it
 * is the whole org.opencontainers.image.ref.name or its tag, or NULL when there is one image only.
 */
int image_source_top(const struct image_source *s, const char *selector,
		     struct image_source_document *ret, struct masu_error *err);

/* The manifest or index that a descriptor names. */
int image_source_document(const struct image_source *s, const struct image_descriptor *d,
			  struct image_source_document *ret, struct masu_error *err);

/* A small blob, of at most `limit` bytes. */
int image_source_blob(const struct image_source *s, const struct image_descriptor *d, size_t limit,
		      char **ret, struct masu_error *err);
