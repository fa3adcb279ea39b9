/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-writer.h"

#include "base/json.h"

void spec_put(struct spec_writer *w, struct json_object *o, const char *key,
	      struct json_object *value)
{
	if (!o) {
		json_putp(&value);
		w->failed = true;
	} else if (key) {
		w->failed |= json_add(o, key, value) < 0;
	} else if (!value || json_object_array_add(o, value) < 0) {
		json_putp(&value);
		w->failed = true;
	}
}

static struct json_object *open_member(struct spec_writer *w, struct json_object *o,
				       const char *key, struct json_object *value)
{
	struct spec_writer one = {0};

	spec_put(&one, o, key, value);
	w->failed |= one.failed;
	return one.failed ? NULL : value;
}

struct json_object *spec_open_object(struct spec_writer *w, struct json_object *o, const char *key)
{
	return open_member(w, o, key, json_object_new_object());
}

struct json_object *spec_open_array(struct spec_writer *w, struct json_object *o, const char *key)
{
	return open_member(w, o, key, json_object_new_array());
}

void spec_drop_empty(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (o && json_object_object_get_ex(o, key, &value) && json_object_object_length(value) == 0)
		json_object_object_del(o, key);
}

void spec_put_text(struct spec_writer *w, struct json_object *o, const char *key, const char *s)
{
	if (s)
		spec_put(w, o, key, json_string(s));
}

void spec_put_texts(struct spec_writer *w, struct json_object *o, const char *key, char *const *l)
{
	if (l)
		w->failed |= !o || json_add_strv(o, key, l) < 0;
}

void spec_put_int(struct spec_writer *w, struct json_object *o, const char *key, int64_t n)
{
	spec_put(w, o, key, json_object_new_int64(n));
}

void spec_put_uint(struct spec_writer *w, struct json_object *o, const char *key, uint64_t n)
{
	spec_put(w, o, key, json_object_new_uint64(n));
}

void spec_put_true(struct spec_writer *w, struct json_object *o, const char *key, bool value)
{
	if (value)
		spec_put(w, o, key, json_object_new_boolean(true));
}

void spec_put_map(struct spec_writer *w, struct json_object *o, const char *key,
		  const struct oci_map *map)
{
	if (map->n == 0)
		return;
	struct json_object *object = spec_open_object(w, o, key);

	for (size_t i = 0; i < map->n; i++)
		spec_put_text(w, object, map->pairs[i].key, map->pairs[i].value);
}
