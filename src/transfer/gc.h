/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Removes from the store what nothing names: blobs, unpacked layers, stacks, and what killed programs left.
 * Named by index.json are manifests, and by these configs and layers; a container names the layers
 * it stands on, in `layers` of its record.json, whatever became of its image.
 *
 * Never waits for a pull: while one is under way nothing is removed, and 0 is returned.
 */

#include <stdbool.h>

#include "base/err.h"
#include "image/layout.h"

struct idmap;
struct paths;

/* `partial`: also the partial blobs that a later pull could go on with; else those a day old. */
int gc_run(const struct paths *paths, const struct idmap *map, const struct layout *store,
	   bool partial, struct masu_error *err);
