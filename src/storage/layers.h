/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The store of unpacked layers.
 *
 *	DATA/layers/HEX			the root of the layer with the chain id sha256:HEX; complete or absent
 *	DATA/layers/.tmp-X, .tmp-X.lock	a layer that is being unpacked; its creator holds a flock on the lock file
 *	DATA/layers/.trash-X		a former layer that is being removed
 *	DATA/stacks/HEX			the stack of the image config sha256:HEX: its chain ids, one a line, the lowest
 *					first; written after all of its layers
 *
 * Files in a layer belong to the user's sub-ids, so they are removed within the user namespace of `map`.
 *
 * Their owners are those of the default map. A container with another map has layers of its own, unpacked from the same
 * blobs into DATA/layers-MAP, which all containers with that map share. A stack is the same for all maps.
 *
 * A process that creates layers and then a stack holds DATA/images/ingest/lock shared meanwhile; a process that reads a
 * stack and then uses its layers holds DATA/images/lock shared.
 */

#include <stdbool.h>

#include "base/err.h"

struct idmap;
struct paths;

#define LAYERS_HEX_LENGTH     64
#define LAYERS_STAGING_PREFIX ".tmp-"
#define LAYERS_LOCK_SUFFIX    ".lock"

#define LAYERS_DIR	      "layers"

/*
 * The directory in DATA of the layers with these submaps, as texts (linux/submap.h); "layers" if they are NULL. To be
 * freed; NULL when out of memory. Two maps of a user with the same 64-bit hash would get wrong owners from each other, but
 * no access: nothing is written to a layer.
 */
char *layers_map_dir(const char *uid_map, const char *gid_map);

/* The directory of the layers that these paths stand for. */
const char *layers_dir(const struct paths *paths);

/* Creates both directories (0700) if they are missing. */
int layers_prepare(const struct paths *paths, struct masu_error *err);

/* Opens a directory in DATA (layers_dir(), "stacks"), and creates it (0700) if it is missing. The descriptor or -errno. */
int layers_open_dir(const struct paths *paths, const char *name, struct masu_error *err);

/* 64 lower-case hexadecimal digits. */
bool layers_is_hex(const char *s);

/*
 * Returns whether the file system of DATA/layers supports user extended attributes, by which overlayfs marks a directory
 * that hides those below it. True also if that cannot be determined.
 */
bool layers_have_xattrs(const struct paths *paths);

/* Returns whether the layer is published. */
bool layers_exist(const struct paths *paths, const char *chain_hex);

/* A staging directory `.tmp-X` with its lock held. `dirfd` is DATA/layers. */
struct layers_staging {
	int dirfd;
	int lock;
	char *name;
};
#define LAYERS_STAGING_INIT ((struct layers_staging){.dirfd = -1, .lock = -1})

/* Creates the directory with mode 0700. */
int layers_stage(const struct paths *paths, struct layers_staging *ret, struct masu_error *err);

/*
 * Renames the staging directory to its chain id. Returns 1 if that layer exists already (layers_unstage() removes the
 * directory), else 0. The caller has synced the contents.
 */
int layers_publish(struct layers_staging *staging, const char *chain_hex, struct masu_error *err);

/* Removes the directory, unless it was published, and the lock. Takes an initialised struct. */
void layers_unstage(struct layers_staging *staging, const struct idmap *map);

/*
 * Reads the chain ids of an image config's layers, the lowest first. ENOENT if the stack or one of its layers does not
 * exist: then `masu-image unpack` creates them again.
 */
int stack_read(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err);

/* The same without a look at the layers, which may exist for some maps only. */
int stack_list(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err);

/*
 * Writes a stack, which is on disk when it returns. Layers that a later one hides as a whole are left out. ENOENT if a
 * layer of it is not published.
 */
int stack_write(const struct paths *paths, const char *config_hex, char *const *hexes,
		struct masu_error *err);

/*
 * Removing directories that belong to a user namespace. A directory is first renamed, so it vanishes at once and whole.
 * Then it is removed by root of the namespace that its files belong to. One such child removes everything that was
 * collected, as creating the namespace costs more than removing most layers.
 */

#define TRASH_PREFIX ".trash-"

/* Renames `name` and adds its new name to `trash`. 1, or 0 if it does not exist, or -errno. */
int trash_add(int dirfd, const char *name, char ***trash);

/* Removes these names. It continues after a failure, and returns the first one. */
int trash_remove(int dirfd, const struct idmap *map, char **trash, struct masu_error *err);
