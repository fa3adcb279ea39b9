/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Garbage collection of stacks, and of layers for every map. `map` is the owner's default one. */

#include "base/err.h"

struct idmap;
struct paths;

/* Lists the directories of layers in DATA, one for each map: their names, to be freed. 0 or -errno. */
int layers_list_dirs(const struct paths *paths, char ***ret);

/* Removes leftovers of dead processes: unlocked staging directories, and trash. Needs no lock. */
int layers_sweep(const struct paths *paths, const struct idmap *map, struct masu_error *err);

/*
 * Removes the stacks that do not belong to `live_configs` (HEX of image configs) and the layers that neither a remaining
 * stack nor `live_chains` (HEX; of containers) names, then calls layers_sweep(). The caller holds both locks of layers.h
 * exclusively.
 */
int layers_gc(const struct paths *paths, const struct idmap *map, char *const *live_configs,
	      char *const *live_chains, struct masu_error *err);
