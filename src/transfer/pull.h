/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pulls an image from a source into the store: its blobs go into the layout, its layers are unpacked, its stack is
 * recorded, and its name is put into index.json last. If the pull is killed, the store has gained only partial blobs, blobs
 * and complete layers without a name. The next pull uses them, or gc removes them.
 */

#include "base/err.h"
#include "transfer/blob-store.h"
#include "transfer/image-source.h"
#include "transfer/pull-layer.h"

struct paths;

/* The use of the names that an archive states. */
enum stated_use {
	STATED_OFFERED,	 /* the image gets those that no other image has */
	STATED_REQUIRED, /* one that another image has is an error */
	STATED_MOVED,	 /* they are moved from other images */
	STATED_USE_MAX
};

struct pull {
	const struct paths *paths;
	int broker; /* the channel to it (broker-client.h) */
	const struct layout *store;
	struct image_source source;
	struct http *http;		    /* NULL unless the source is a registry */
	const char *selector;		    /* for image_source_top() */
	const struct image_descriptor *top; /* in place of it: of the source's manifest or index */
	const char *name;		    /* of the image in index.json; NULL: none */
	char *const *stated;		    /* canonical names, from the archive; or NULL */
	enum stated_use use;
	bool name_only_if_none; /* `name` is only used if the image gets none of `stated` */
	const char *platform;	/* "OS/ARCH[/VARIANT]" if the user asked for one, or NULL */
	bool resolve;		/* only find the manifest, and store nothing */
	int report;		/* for the progress (image/report.h), or -1 */
};

/* The digest of the image's manifest. */
int pull_run(const struct pull *pull, struct digest *ret, struct masu_error *err);

/* Unpacks the missing layers of an image whose manifest and blobs are in the store. */
int pull_stored(const struct pull *pull, const struct masu_image *image, struct masu_error *err);
