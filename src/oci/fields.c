/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/fields.h"

#include <errno.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/strv.h"
#include "base/time.h"
#include "oci/map.h"

void fields_done(const struct field *table, void *object)
{
	for (const struct field *f = table; f->key; f++) {
		void *member = (char *)object + f->offset;

		if (f->kind == FIELD_STRING) {
			free(*(char **)member);
			*(char **)member = NULL;
		} else if (f->kind == FIELD_STRV) {
			strv_free(*(char ***)member);
			*(char ***)member = NULL;
		} else if (f->kind == FIELD_MAP) {
			oci_map_done(member);
		}
	}
}

static void build_field(struct json_build *b, struct json_object *o, const struct field *f,
			const void *object)
{
	const void *member = (const char *)object + f->offset;
	char stamp[TIME_STAMP_MAX];

	switch (f->kind) {
	case FIELD_STRING:
		return build_text(b, o, f->key, *(char *const *)member);
	case FIELD_STRV:
		return build_texts(b, o, f->key, *(char **const *)member);
	case FIELD_MAP:
		return build_map(b, o, f->key, member);
	case FIELD_BOOL:
		return build_bool(b, o, f->key, *(const bool *)member);
	case FIELD_INT64:
		return build_int(b, o, f->key, *(const int64_t *)member);
	case FIELD_UINT64:
		return build_uint(b, o, f->key, *(const uint64_t *)member);
	case FIELD_UINT32:
		return build_int(b, o, f->key, *(const uint32_t *)member);
	case FIELD_PID:
		return build_int(b, o, f->key, *(const pid_t *)member);
	case FIELD_TIME:
		return build_text(b, o, f->key, time_stamp(*(const int64_t *)member, stamp));
	}
}

void build_fields(struct json_build *b, struct json_object *o, const struct field *table,
		  const void *object)
{
	for (const struct field *f = table; f->key; f++)
		build_field(b, o, f, object);
}

/* Records from before keys could contain '=' hold an array of "key=value". */
static int map_from_pairs(struct json_object *o, const char *key, struct oci_map *ret,
			  struct masu_error *err)
{
	_cleanup_strv_ char **pairs = NULL;
	int r = json_get_strv(o, "", key, &pairs, err);

	STRV_FOREACH(pair, pairs) {
		char *equals = strchr(*pair, '=');

		if (!equals)
			return err_set(err, ERR_INVALID, EBADMSG, "%s: missing '=': \"%s\"", key,
				       *pair);
		*equals = 0;
		if (oci_map_set(ret, *pair, equals + 1) < 0)
			return err_oom(err);
	}
	return r;
}

static int map_from_json(struct json_object *o, const char *key, struct oci_map *ret,
			 struct masu_error *err)
{
	struct json_object *object = json_object_object_get(o, key);

	if (!json_object_is_type(object, json_type_object))
		return map_from_pairs(o, key, ret, err);
	return oci_map_from_json(ret, key, object, err);
}

static int time_from_json(struct json_object *o, const char *key, int64_t *ret,
			  struct masu_error *err)
{
	const char *text = NULL;
	int r = json_get_string(o, "", key, &text, err);

	if (r <= 0)
		return r;
	if (time_parse_stamp(text, ret) < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: invalid time: \"%s\"", key, text);
	return 0;
}

static int pid_from_json(struct json_object *o, const char *key, pid_t *ret, struct masu_error *err)
{
	int64_t pid = *ret;
	int r = json_get_int64(o, "", key, JSON_RANGE(1, INT32_MAX), &pid, err);

	*ret = (pid_t)pid;
	return r;
}

static int field_from_json(const struct field *f, struct json_object *o, void *object,
			   struct masu_error *err)
{
	void *member = (char *)object + f->offset;

	switch (f->kind) {
	case FIELD_STRING:
		return json_get_copy(o, "", f->key, member, err);
	case FIELD_STRV:
		return json_get_strv(o, "", f->key, member, err);
	case FIELD_MAP:
		return map_from_json(o, f->key, member, err);
	case FIELD_BOOL:
		return json_get_bool(o, "", f->key, member, err);
	case FIELD_UINT64:
		return json_get_uint64(o, "", f->key, member, err);
	case FIELD_UINT32:
		return json_get_uint32(o, "", f->key, member, err);
	case FIELD_PID:
		return pid_from_json(o, f->key, member, err);
	case FIELD_TIME:
		return time_from_json(o, f->key, member, err);
	case FIELD_INT64:
		break;
	}
	return json_get_int64(o, "", f->key, JSON_RANGE(INT64_MIN, INT64_MAX), member, err);
}

int fields_from_json(const struct field *table, struct json_object *o, void *ret,
		     struct masu_error *err)
{
	for (const struct field *f = table; f->key; f++) {
		int r = field_from_json(f, o, ret, err);

		if (r < 0)
			return r;
	}
	return 0;
}
