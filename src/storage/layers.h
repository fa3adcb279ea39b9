/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The store of unpacked layers.
 *
 *	DATA/layers/HEX			the root of the layer whose chain id is sha256:HEX; whole, or not there
 *	DATA/layers/.tmp-X, .tmp-X.lock	a layer being unpacked; the lock file is flocked while its maker lives
 *	DATA/layers/.trash-X		what was a layer, being removed
 *	DATA/stacks/HEX			of the image config sha256:HEX: its chain ids, one a line, bottom first;
 *					written after all of its layers
 *
 * Files in a layer belong to the user's sub-ids, so they are removed within the user namespace of
 * `map`. Who makes layers and then a stack holds DATA/images/ingest/lock shared meanwhile; who reads
 * a stack and then uses its layers, DATA/images/lock; layers_gc() wants both held exclusively.
 */

#include <stdbool.h>

#include "base/err.h"

struct idmap;
struct paths;

#define LAYERS_HEX_LENGTH 64

/* Makes both directories (0700) where they are missing. */
int layers_prepare(const struct paths *paths, struct err *err);

/* DATA/layers, made (0700) when missing, as a descriptor; or -errno. */
int layers_open(const struct paths *paths, struct err *err);

/*
 * Does the file system of DATA/layers keep user extended attributes, by which overlayfs marks a directory
 * that hides those below it? True also when that can't be found out.
 */
bool layers_have_xattrs(const struct paths *paths);

/* Is the layer published? */
bool layers_exist(const struct paths *paths, const char *chain_hex);

/*
 * The chain ids of an image config's layers, bottom first. ENOENT when there is no stack, or one
 * of its layers is gone: the image is to be unpacked again (`masu-image unpack`).
 */
int layers_stack_read(const struct paths *paths, const char *config_hex, char ***ret_hexes,
		      struct err *err);

/*
 * Records a stack, on disk when it returns, without the layers that a later one hides as a whole.
 * ENOENT when a layer of it isn't published.
 */
int layers_stack_write(const struct paths *paths, const char *config_hex, char *const *hexes,
		       struct err *err);

/* Forgets a stack; its layers stay for layers_gc(). 0 also when there is none. */
int layers_stack_remove(const struct paths *paths, const char *config_hex, struct err *err);

/* A staging directory `.tmp-X` with its lock held. `dirfd` is DATA/layers. */
struct layers_staging {
	int dirfd;
	int lock;
	char *name;
};
#define LAYERS_STAGING_INIT ((struct layers_staging){.dirfd = -1, .lock = -1})

/* Makes the directory with mode 0700. */
int layers_stage(const struct paths *paths, struct layers_staging *ret, struct err *err);

/*
 * Renames the staging directory to its chain id; 1 when that name was there already (the directory stays
 * for layers_unstage()), else 0. The caller has synced the contents.
 */
int layers_publish(struct layers_staging *staging, const char *chain_hex, struct err *err);

/* Removes the directory, if it wasn't published, and the lock. Takes an initialised struct. */
void layers_unstage(struct layers_staging *staging, const struct idmap *map);

/* Removes one layer, whoever uses it. 0 also when it isn't there. */
int layers_remove(const struct paths *paths, const struct idmap *map, const char *chain_hex,
		  struct err *err);

/* Removes what dead processes left: unlocked staging directories and trash. Needs no lock. */
int layers_sweep(const struct paths *paths, const struct idmap *map, struct err *err);

/*
 * layers_sweep(), then removes the stacks that are not of `live_configs` (HEX of image configs) and
 * the layers that neither a remaining stack nor `live_chains` (HEX; of containers) names.
 */
int layers_gc(const struct paths *paths, const struct idmap *map, char *const *live_configs,
	      char *const *live_chains, struct err *err);
