/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two tasks of a fetcher (broker.h). Each confines the process, and reports the digest of the manifest. */

#include "image/layout.h"
#include "linux/idmap.h"
#include "storage/paths.h"
#include "transfer/commands.h"

/* The store, opened. */
struct store {
	struct paths paths;
	struct idmap map;
	struct layout layout;
};

struct fetch {
	const struct image_options *options;
	const struct store *store;
};

/* A fetcher_fn: pulls an image from a registry or from files. `arg` is the struct fetch. */
int fetch_image(void *arg, int broker, struct masu_error *err);

/* A fetcher_fn: unpacks the layers of an image whose blobs are all in the store. */
int fetch_stored_image(void *arg, int broker, struct masu_error *err);
