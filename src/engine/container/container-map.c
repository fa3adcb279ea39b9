/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/container-map.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"
#include "linux/namespaces.h"
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
	return apply(spec, &map) < 0 ? err_oom(err) : 0;
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

/* Do these ranges map all of the owner's ids to themselves? */
static bool is_default(const struct id_range *ranges, size_t n, const struct id_range *own,
		       size_t n_own)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].inside != ranges[i].outside)
			return false;
	return idmap_count(ranges, n) == idmap_count(own, n_own);
}

int container_map_texts(const struct masu_engine *e, const struct idmap *submap, char **ret_uids,
			char **ret_gids)
{
	if (is_default(submap->uids, submap->n_uids, e->idmap.uids, e->idmap.n_uids) &&
	    is_default(submap->gids, submap->n_gids, e->idmap.gids, e->idmap.n_gids)) {
		*ret_uids = *ret_gids = NULL;
		return 0;
	}
	*ret_uids = submap_text(submap->uids, submap->n_uids);
	*ret_gids = submap_text(submap->gids, submap->n_gids);
	return *ret_uids && *ret_gids ? 0 : -ENOMEM;
}

static int check_host_map(const struct idmap *map, const char *path, struct masu_error *err)
{
	uint32_t id;

	if (map->n_uids == 1 && map->uids[0].count == UINT32_MAX)
		return err_set(err, ERR_INVALID, EINVAL,
			       "the user namespace \"%s\" is that of the host", path);
	if (idmap_to_host(map->uids, map->n_uids, 0, &id) < 0 ||
	    idmap_to_host(map->gids, map->n_gids, 0, &id) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "the user namespace \"%s\" does not map the id 0 inside", path);
	return 0;
}

int container_map_at(const struct masu_engine *e, const char *path, char **ret_uids,
		     char **ret_gids, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {0}, submap = {0};
	int r = namespaces_read_map(path, &map, err);

	if (r == 0)
		r = check_host_map(&map, path, err);
	if (r < 0)
		return r;
	r = submap_of_host(map.uids, map.n_uids, e->idmap.uids, e->idmap.n_uids, &submap.uids,
			   &submap.n_uids);
	if (r == 0)
		r = submap_of_host(map.gids, map.n_gids, e->idmap.gids, e->idmap.n_gids,
				   &submap.gids, &submap.n_gids);
	if (r == -ENOENT)
		return err_set(err, ERR_DENIED, EPERM,
			       "the user namespace \"%s\" has ids that are not yours", path);
	if (r == 0)
		r = container_map_texts(e, &submap, ret_uids, ret_gids);
	return r < 0 ? err_sys(err, r, "read the map of the user namespace \"%s\"", path) : 0;
}
