/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The store of unpacked layers.
 *
 *	DATA/layers/HEX			the root of the layer whose chain id is sha256:HEX; whole, or not there
 *	DATA/layers/.tmp-X, .tmp-X.lock	a layer being unpacked; its creator holds a flock on the lock file
 *	DATA/layers/.trash-X		a former layer that is being removed (trash.h)
 *
 * Files in a layer belong to the user's sub-ids, so they are removed within the user namespace of `map`.
 * stack.h has the locks.
 */

#include <stdbool.h>

#include "base/err.h"

struct idmap;
struct paths;

#define LAYERS_HEX_LENGTH     64
#define LAYERS_STAGING_PREFIX ".tmp-"
#define LAYERS_LOCK_SUFFIX    ".lock"

/* Makes both directories (0700) where they are missing. */
int layers_prepare(const struct paths *paths, struct masu_error *err);

/* Opens DATA/layers or DATA/stacks ("layers", "stacks"), and creates it (0700) if it is missing. The descriptor or -errno. */
int layers_open_dir(const struct paths *paths, const char *name, struct masu_error *err);

/* 64 lower-case hexadecimal digits; the second sets EINVAL otherwise. */
bool layers_is_hex(const char *s);
int layers_check_hex(const char *hex, struct masu_error *err);

/*
 * Does the file system of DATA/layers keep user extended attributes, by which overlayfs marks a directory
 * that hides those below it? True also when that can't be found out.
 */
bool layers_have_xattrs(const struct paths *paths);

/* Is the layer published? */
bool layers_exist(const struct paths *paths, const char *chain_hex);

/* A staging directory `.tmp-X` with its lock held. `dirfd` is DATA/layers. */
struct layers_staging {
	int dirfd;
	int lock;
	char *name;
};
#define LAYERS_STAGING_INIT ((struct layers_staging){.dirfd = -1, .lock = -1})

/* Makes the directory with mode 0700. */
int layers_stage(const struct paths *paths, struct layers_staging *ret, struct masu_error *err);

/*
 * Renames the staging directory to its chain id; 1 when that name was there already (the directory stays
 * for layers_unstage()), else 0. The caller has synced the contents.
 */
int layers_publish(struct layers_staging *staging, const char *chain_hex, struct masu_error *err);

/* Removes the directory, if it wasn't published, and the lock. Takes an initialised struct. */
void layers_unstage(struct layers_staging *staging, const struct idmap *map);
