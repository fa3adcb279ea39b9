/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where an image comes from: a repository of a registry, or a layout in a directory (an archive becomes
 * one first, archive.h). Small documents are read whole and verified here; layers go through job.h.
 */

#include "base/err.h"
#include "image/layout.h"
#include "registry/registry.h"

struct source {
	/* One of the two; both NULL for an image whose blobs are all in the store. */
	struct registry *registry;
	const struct layout *layout;
	bool disposable; /* the layout is masu's own temporary: its files may be moved */
};

/* An index or a manifest, verified. */
struct source_document {
	char *bytes;
	size_t size;
	char *media_type; /* what the transport or the descriptor calls it, or NULL */
	struct digest digest;
};

void source_document_done(struct source_document *d);
#define _cleanup_source_document_ _cleanup_(source_document_done)

/*
 * How many entries of a layout's index.json have the name or tag `selector`, or of all when it is
 * NULL, and the last of them.
 */
size_t source_choose(const struct image_index *index, const char *selector,
		     const struct image_descriptor **ret);

/*
 * The document that a name stands for. Of a registry, `selector` is a tag or a digest. Of a layout, it
 * is the whole org.opencontainers.image.ref.name or its tag, or NULL when there is one image only.
 */
int source_top(const struct source *s, const char *selector, struct source_document *ret,
	       struct err *err);

/* The manifest or index that a descriptor names. */
int source_document(const struct source *s, const struct image_descriptor *d,
		    struct source_document *ret, struct err *err);

/* A small blob, of at most `limit` bytes. */
int source_blob(const struct source *s, const struct image_descriptor *d, size_t limit, char **ret,
		struct err *err);
