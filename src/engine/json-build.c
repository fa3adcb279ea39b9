/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/json-build.h"

#include <string.h>

#include "base/json.h"
#include "base/strv.h"
#include "base/time.h"

/* The member, borrowed, or NULL. */
static struct json_object *put(struct build *b, struct json_object *o, const char *key,
			       struct json_object *value)
{
	if (o && json_add(o, key, value) == 0)
		return value;
	b->failed = true;
	if (!o)
		json_putp(&value); /* json_add() frees what it can't add */
	return NULL;
}

struct json_object *build_object(struct build *b, struct json_object *o, const char *key)
{
	return put(b, o, key, json_object_new_object());
}

struct json_object *build_array(struct build *b, struct json_object *o, const char *key)
{
	return put(b, o, key, json_object_new_array());
}

void build_string(struct build *b, struct json_object *o, const char *key, const char *value)
{
	(void)put(b, o, key, json_string(value ? value : ""));
}

void build_number(struct build *b, struct json_object *o, const char *key, int64_t value)
{
	(void)put(b, o, key, json_object_new_int64(value));
}

void build_bool(struct build *b, struct json_object *o, const char *key, bool value)
{
	(void)put(b, o, key, json_object_new_boolean(value));
}

void build_strv(struct build *b, struct json_object *o, const char *key, char *const *values)
{
	b->failed |= !o || json_add_strv(o, key, values) < 0;
}

void build_time(struct build *b, struct json_object *o, const char *key, int64_t ns)
{
	char stamp[TIME_STAMP_MAX];

	build_string(b, o, key, ns ? time_stamp(ns, stamp) : "0001-01-01T00:00:00Z");
}

void build_map(struct build *b, struct json_object *o, const char *key, const struct oci_map *map)
{
	struct json_object *object = build_object(b, o, key);

	for (size_t i = 0; i < map->n; i++)
		build_string(b, object, map->pairs[i].key, map->pairs[i].value);
}

struct json_object *build_item(struct build *b, struct json_object *array)
{
	struct json_object *item = json_object_new_object();

	if (array && item && json_object_array_add(array, item) == 0)
		return item;
	b->failed = true;
	json_putp(&item);
	return NULL;
}
