/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An image from a source into the store: its blobs into the layout, its layers unpacked, its stack
 * recorded, its name put into index.json last. Whenever this is killed, the store is as it was, but for
 * partial blobs, whole blobs and whole layers that nothing names; the next pull uses them, and
 * gc removes them.
 */

#include "base/err.h"
#include "transfer/blob-store.h"
#include "transfer/image-source.h"

struct paths;

struct pull {
	const struct paths *paths;
	int broker; /* the channel to it (broker-client.h) */
	const struct layout *store;
	struct image_source source;
	struct http *http;    /* NULL when the source is no registry */
	const char *selector; /* image_source_top() */
	const char *name; /* what index.json is to call the image; NULL: leave index.json alone */
	char *const *stated;	/* names that it takes unless another image has them; or NULL */
	bool name_only_if_none; /* `name` is for an image that could take none of `stated` */
	const char *platform;	/* "OS/ARCH[/VARIANT]" when the user asked for one, or NULL */
	int report;		/* for the progress (image/report.h), or -1 */
};

/* The digest of the image's manifest. */
int pull_run(const struct pull *pull, struct digest *ret, struct masu_error *err);

/* The same with a manifest and blobs that the store has: unpacks what is missing of the layers. */
int pull_stored(const struct pull *pull, const struct masu_image *image, struct masu_error *err);
