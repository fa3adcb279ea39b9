/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/map.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"

const char *oci_map_get(const struct oci_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (streq(map->pairs[i].key, key))
			return map->pairs[i].value;
	return NULL;
}

bool oci_map_has(const struct oci_map *map, const char *wanted)
{
	const char *equals = strchrnul(wanted, '=');
	_cleanup_free_ char *key = strndup(wanted, (size_t)(equals - wanted));
	const char *value = key ? oci_map_get(map, key) : NULL;

	return value && (!*equals || streq(value, equals + 1));
}

int oci_map_set(struct oci_map *map, const char *key, const char *value)
{
	_cleanup_free_ char *key_copy = strdup(key);
	_cleanup_free_ char *value_copy = strdup(value);

	if (!key_copy || !value_copy)
		return -ENOMEM;
	for (size_t i = 0; i < map->n; i++)
		if (streq(map->pairs[i].key, key)) {
			free(map->pairs[i].value);
			map->pairs[i].value = TAKE_PTR(value_copy);
			return 0;
		}
	struct oci_pair *pair = array_add(&map->pairs, &map->n, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	*pair = (struct oci_pair){TAKE_PTR(key_copy), TAKE_PTR(value_copy)};
	return 0;
}

int oci_map_set_pairs(struct oci_map *map, const char *what, char *const *pairs,
		      struct masu_error *err)
{
	STRV_FOREACH(pair, pairs) {
		const char *equals = strchr(*pair, '=');
		_cleanup_free_ char *key = strndup(*pair, strcspn(*pair, "="));

		if (!equals || equals == *pair)
			return err_set(err, ERR_INVALID, EINVAL,
				       "%s '%s' is not of the form KEY=VALUE", what, *pair);
		if (!key || oci_map_set(map, key, equals + 1) < 0)
			return err_oom(err);
	}
	return 0;
}

int oci_map_from_json(struct oci_map *map, const char *what, struct json_object *object,
		      struct masu_error *err)
{
	json_object_object_foreach(object, key, value) {
		if (!json_object_is_type(value, json_type_string))
			return err_set(err, ERR_INVALID, EBADMSG, "%s: must hold strings", what);
		if (oci_map_set(map, key, json_object_get_string(value)) < 0)
			return err_oom(err);
	}
	return 0;
}

void oci_map_done(struct oci_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->pairs[i].key);
		free(map->pairs[i].value);
	}
	free(map->pairs);
	*map = (struct oci_map){0};
}

void build_map(struct json_build *b, struct json_object *o, const char *key,
	       const struct oci_map *map)
{
	struct json_object *object = build_object(b, o, key);

	for (size_t i = 0; i < map->n; i++)
		build_text(b, object, map->pairs[i].key, map->pairs[i].value);
}
