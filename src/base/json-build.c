/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-build.h"

#include "base/json.h"
#include "base/str.h"
#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* A copy with U+FFFD for each invalid byte. NULL when out of memory. */
static char *repair(const char *s)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	size_t left = strlen(s);
	int r = 0;

	while (r == 0 && left > 0) {
		size_t n = utf8_length(s, left), taken = n ? n : 1;

		r = n ? strbuf_add(&b, s, n) : strbuf_add(&b, REPLACEMENT, strlen(REPLACEMENT));
		s += taken;
		left -= taken;
	}
	return r < 0 ? NULL : strbuf_take(&b);
}

static int add(struct json_object *o, const char *key, struct json_object *value)
{
	_cleanup_free_ char *repaired = NULL;

	if (!key)
		return json_object_array_add(o, value);
	if (!utf8_is_valid(key))
		key = repaired = repair(key);
	return key ? json_object_object_add(o, key, value) : -1;
}

/* Returns the value, borrowed, or NULL. */
static struct json_object *put(struct json_build *b, struct json_object *o, const char *key,
			       struct json_object *value)
{
	if (o && value && add(o, key, value) == 0)
		return value;
	json_putp(&value);
	b->failed = true;
	return NULL;
}

void build_put(struct json_build *b, struct json_object *o, const char *key,
	       struct json_object *value)
{
	(void)put(b, o, key, value);
}

struct json_object *build_object(struct json_build *b, struct json_object *o, const char *key)
{
	return put(b, o, key, json_object_new_object());
}

struct json_object *build_array(struct json_build *b, struct json_object *o, const char *key)
{
	return put(b, o, key, json_object_new_array());
}

void build_text(struct json_build *b, struct json_object *o, const char *key, const char *text)
{
	_cleanup_free_ char *repaired = NULL;

	if (!text)
		return;
	if (!utf8_is_valid(text))
		text = repaired = repair(text);
	build_put(b, o, key, text ? json_object_new_string(text) : NULL);
}

void build_texts(struct json_build *b, struct json_object *o, const char *key, char *const *list)
{
	if (!list)
		return;
	struct json_object *array = build_array(b, o, key);

	for (; *list; list++)
		build_text(b, array, NULL, *list);
}

void build_int(struct json_build *b, struct json_object *o, const char *key, int64_t n)
{
	build_put(b, o, key, json_object_new_int64(n));
}

void build_uint(struct json_build *b, struct json_object *o, const char *key, uint64_t n)
{
	build_put(b, o, key, json_object_new_uint64(n));
}

void build_bool(struct json_build *b, struct json_object *o, const char *key, bool value)
{
	build_put(b, o, key, json_object_new_boolean(value));
}

void build_true(struct json_build *b, struct json_object *o, const char *key, bool value)
{
	if (value)
		build_bool(b, o, key, true);
}

void build_set(struct json_build *b, struct json_object *o, const char *key, char *const *names)
{
	struct json_object *set = NULL;

	if (!names || !*names)
		return;
	if (!json_object_object_get_ex(o, key, &set) || !set)
		set = build_object(b, o, key);
	for (; *names; names++)
		if (!json_object_object_get_ex(set, *names, NULL))
			(void)build_object(b, set, *names);
}

void build_drop_empty(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (o && json_object_object_get_ex(o, key, &value) && json_object_object_length(value) == 0)
		json_object_object_del(o, key);
}
