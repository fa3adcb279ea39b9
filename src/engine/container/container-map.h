/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The id map of one container, which may differ from the default map of the engine, and the layers that fit it. */

#include "engine/container/record.h"
#include "engine/engine.h"
#include "oci/spec.h"

/* The map of its user namespace, to be released: a copy of the default one, or that of its submaps. */
int container_map(const struct masu_engine *e, const struct record *record, struct idmap *ret,
		  struct masu_error *err);

/* Writes it into the spec; without a user namespace nothing. */
int container_map_write(const struct masu_engine *e, const struct record *record,
			struct oci_spec *spec, struct masu_error *err);

/* Does its user namespace lack the ids of the store's owner? Then init gets the files of the store from an opener. */
bool container_needs_opener(const struct masu_engine *e, const struct record *record);

/*
 * The directory of its layers in DATA, and its path. To be freed; NULL when out of memory. Each map of a user has its own.
 * Root's have one in common, whose ids the kernel maps at the start.
 */
char *container_layers_dir(const struct record *record);
char *container_layers_path(const struct masu_engine *e, const struct record *record);

/* The first of its layers that does not exist for its map, or NULL. */
const char *container_missing_layer(const struct masu_engine *e, const struct record *record);

/* The arguments of masu-image for its layers; none for those of the default map. 0 or -ENOMEM. */
int container_map_args(const struct record *record, char ***args);

/* The submaps as texts for the record, to be freed: NULL for the default map, whose layers are there. 0 or -ENOMEM. */
int container_map_texts(const struct masu_engine *e, const struct idmap *submap, char **ret_uids,
			char **ret_gids);

/* The same for the user namespace at a path. ERR_DENIED if it has ids that are not the caller's. */
int container_map_at(const struct masu_engine *e, const char *path, char **ret_uids,
		     char **ret_gids, struct masu_error *err);
