/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Removes unused blobs, unpacked layers and stacks from the store, and leftovers of killed programs. index.json names the
 * used manifests, and these their configs and layers. A container names the layers of its root in `layers` of its
 * record.json, even if its image was removed.
 *
 * It never waits for a pull: during a pull it removes nothing, and returns 0.
 */

#include <stdbool.h>

#include "base/err.h"
#include "image/layout.h"

struct idmap;
struct paths;

/* With `partial`, it also removes the partial blobs that a later pull could continue; else those older than a day. */
int gc_run(const struct paths *paths, const struct idmap *map, const struct layout *store,
	   bool partial, struct masu_error *err);
