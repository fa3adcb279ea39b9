/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container-map.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"
#include "linux/submap.h"
#include "storage/layers.h"

int container_map(const struct masu_engine *e, const struct record *record, struct idmap *ret,
		  struct masu_error *err)
{
	return submap_apply(record->uid_map, record->gid_map, &e->idmap, ret, err);
}

static int set_id_map(struct oci_id_map **list, size_t *n, const struct id_range *ranges,
		      size_t n_ranges)
{
	int r = 0;

	free(*list);
	*list = NULL;
	*n = 0;
	for (size_t i = 0; r == 0 && i < n_ranges; i++)
		r = oci_id_map_add(list, n,
				   (struct oci_id_map){.container_id = ranges[i].inside,
						       .host_id = ranges[i].outside,
						       .size = ranges[i].count});
	return r;
}

static int apply(struct oci_spec *spec, const struct idmap *map)
{
	if (!map->userns)
		return 0;
	int r = set_id_map(&spec->uid_mappings, &spec->n_uid_mappings, map->uids, map->n_uids);
	return r < 0 ? r
		     : set_id_map(&spec->gid_mappings, &spec->n_gid_mappings, map->gids,
				  map->n_gids);
}

int container_map_write(const struct masu_engine *e, const struct record *record,
			struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {0};
	int r = container_map(e, record, &map, err);

	if (r < 0)
		return r;
	return apply(spec, &map) < 0 ? err_sys(err, ENOMEM, "write the id map") : 0;
}

bool container_needs_opener(const struct masu_engine *e, const struct record *record)
{
	return e->idmap.userns ? !submap_has_owner(record->uid_map, record->gid_map)
			       : record->uid_map != NULL;
}

static bool has_own_layers(const struct record *record)
{
	return record->uid_map && !idmap_caller_is_privileged();
}

char *container_layers_dir(const struct record *record)
{
	return has_own_layers(record) ? layers_map_dir(record->uid_map, record->gid_map)
				      : strdup(LAYERS_DIR);
}

char *container_layers_path(const struct masu_engine *e, const struct record *record)
{
	_cleanup_free_ char *dir = container_layers_dir(record);

	return dir ? paths_data(&e->paths, "%s", dir) : NULL;
}

const char *container_missing_layer(const struct masu_engine *e, const struct record *record)
{
	_cleanup_free_ char *dir = container_layers_dir(record);
	const struct paths paths = {.data = e->paths.data, .layers = dir};

	STRV_FOREACH(hex, record->layers)
		if (dir && !layers_exist(&paths, *hex))
			return *hex;
	return NULL;
}

int container_map_args(const struct record *record, char ***args)
{
	if (!has_own_layers(record))
		return 0;
	int r = strv_pushf(args, "--uid-map=%s", record->uid_map);
	return r < 0 ? r : strv_pushf(args, "--gid-map=%s", record->gid_map);
}
