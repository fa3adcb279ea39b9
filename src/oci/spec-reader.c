/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-reader.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

/* The kernel's own limit for a map (UID_GID_MAP_MAX_EXTENTS). */
#define ID_MAP_LINES_MAX 340

const char *spec_place(char buffer[SPEC_WHERE_MAX], const char *where, const char *key)
{
	(void)snprintf(buffer, SPEC_WHERE_MAX, "%s%s%s", where, *where ? "." : "", key);
	return buffer;
}

const char *spec_place_at(char buffer[SPEC_WHERE_MAX], const char *where, const char *key, size_t i)
{
	(void)snprintf(buffer, SPEC_WHERE_MAX, "%s%s%s[%zu]", where, *where ? "." : "", key, i);
	return buffer;
}

int spec_invalid(struct spec_reader *r, const char *where, const char *key, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	char place[SPEC_WHERE_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return spec_no_memory(r);
	}
	return err_set(r->err, ERR_INVALID, EINVAL, "%s: %s", spec_place(place, where, key), text);
}

int spec_no_memory(struct spec_reader *r)
{
	return err_sys(r->err, ENOMEM, "read config.json");
}

/* Asked first for the texts of a list: to put their places into words costs more than to read them. */
static bool is_good_text(const char *s, enum spec_text_flags flags)
{
	return (*s || !(flags & (SPEC_NONEMPTY | SPEC_ABSOLUTE))) &&
	       (*s == '/' || !(flags & SPEC_ABSOLUTE)) &&
	       (!(flags & SPEC_NO_CONTROL) || !str_has_control(s));
}

static int check_text(struct spec_reader *r, const char *where, const char *key, const char *s,
		      enum spec_text_flags flags)
{
	if ((flags & (SPEC_NONEMPTY | SPEC_ABSOLUTE)) && !*s)
		return spec_invalid(r, where, key, "must not be empty");
	if ((flags & SPEC_ABSOLUTE) && *s != '/')
		return spec_invalid(r, where, key, "'%s' is not an absolute path", s);
	if ((flags & SPEC_NO_CONTROL) && str_has_control(s))
		return spec_invalid(r, where, key, "must not hold control characters");
	return 0;
}

int spec_text(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	      enum spec_text_flags flags, char **ret)
{
	const char *s = NULL;
	int n = json_get_string(o, where, key, &s, r->err);

	if (n < 0)
		return n;
	if (n == 0 && (flags & SPEC_REQUIRED))
		return spec_invalid(r, where, key, "is missing");
	if (n == 0 || (!*s && !(flags & (SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_ABSOLUTE))))
		return 0;
	n = check_text(r, where, key, s, flags);
	if (n < 0)
		return n;
	*ret = flags & SPEC_NORMAL ? path_normalize(s) : strdup(s);
	return *ret ? 1 : spec_no_memory(r);
}

static int normalize(char **path)
{
	char *normal = path_normalize(*path);

	if (!normal)
		return -ENOMEM;
	free(*path);
	*path = normal;
	return 0;
}

int spec_texts(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	       enum spec_text_flags flags, char ***ret)
{
	_cleanup_strv_ char **l = NULL;
	char place[SPEC_WHERE_MAX];
	size_t i = 0;
	int n = json_get_strv(o, where, key, &l, r->err);

	if (n < 0)
		return n;
	if (n == 0 && (flags & SPEC_REQUIRED))
		return spec_invalid(r, where, key, "is missing");
	if (n == 0)
		return 0;
	for (; l[i]; i++) {
		if (!is_good_text(l[i], flags))
			return check_text(r, "", spec_place_at(place, where, key, i), l[i], flags);
		if (flags & SPEC_NORMAL && normalize(&l[i]) < 0)
			return spec_no_memory(r);
	}
	*ret = TAKE_PTR(l);
	return 1;
}

int spec_id(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	    uint32_t *ret)
{
	uint32_t id;
	int n = json_get_uint32(o, where, key, &id, r->err);

	if (n <= 0)
		return n;
	if (id == UINT32_MAX)
		return spec_invalid(r, where, key, "4294967295 stands for no id at all");
	*ret = id;
	return 1;
}

int spec_map(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	     struct oci_map *ret)
{
	struct json_object *object;
	char place[SPEC_WHERE_MAX];
	int n = json_get_object(o, where, key, &object, r->err);

	if (n <= 0)
		return n;
	(void)spec_place(place, where, key);
	ret->pairs = calloc((size_t)json_object_object_length(object) + 1, sizeof(*ret->pairs));
	if (!ret->pairs)
		return spec_no_memory(r);
	json_object_object_foreach(object, name, value) {
		struct oci_pair *pair = &ret->pairs[ret->n];
		const char *text;

		(void)value;
		if (!*name || str_has_control(name))
			return spec_invalid(r, where, key,
					    "a key is empty or has control characters");
		n = json_get_string(object, place, name, &text, r->err);
		if (n < 0)
			return n;
		if (n == 0)
			return spec_invalid(r, place, name, "must be a string");
		ret->n++;
		pair->key = strdup(name);
		pair->value = strdup(text);
		if (!pair->key || !pair->value)
			return spec_no_memory(r);
	}
	return 1;
}

int spec_array(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	       struct spec_list list)
{
	struct json_object *array;
	char place[SPEC_WHERE_MAX];
	int n = json_get_array(o, where, key, &array, r->err);

	if (n <= 0)
		return n;
	size_t length = json_object_array_length(array);
	char *slots = calloc(length + 1, list.size);

	if (!slots)
		return spec_no_memory(r);
	*(void **)list.ret = slots;
	for (size_t i = 0; i < length; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		(void)spec_place_at(place, where, key, i);
		if (json_object_get_type(item) != json_type_object)
			return spec_invalid(r, "", place, "must be an object");
		*list.ret_n = i + 1;
		n = list.read(r, item, place, slots + i * list.size);
		if (n < 0)
			return n;
	}
	return 1;
}

static int parse_id_map(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_id_map *m = slot;
	const struct {
		const char *key;
		uint32_t *value;
	} members[] = {
		{"containerID", &m->container_id},
		{"hostID", &m->host_id},
		{"size", &m->size},
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int n = json_get_uint32(o, where, members[i].key, members[i].value, r->err);

		if (n == 0)
			return spec_invalid(r, where, members[i].key, "is missing");
		if (n < 0)
			return n;
	}
	if (m->size == 0)
		return spec_invalid(r, where, "size", "must not be 0");
	/* The last id that may be mapped is 4294967294. */
	if (m->size > UINT32_MAX - m->container_id || m->size > UINT32_MAX - m->host_id)
		return spec_invalid(r, where, "size", "the range ends beyond the last id");
	return 0;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

int spec_id_maps(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
		 struct oci_id_map **ret, size_t *ret_n)
{
	int n = spec_array(r, o, where, key, SPEC_LIST(*ret, *ret_n, parse_id_map));

	if (n <= 0)
		return n;
	if (*ret_n > ID_MAP_LINES_MAX)
		return spec_invalid(r, where, key, "has more than %d ranges", ID_MAP_LINES_MAX);
	for (size_t i = 0; i < *ret_n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct oci_id_map *a = &(*ret)[i], *b = &(*ret)[j];

			if (overlap(a->container_id, a->size, b->container_id, b->size) ||
			    overlap(a->host_id, a->size, b->host_id, b->size))
				return spec_invalid(r, where, key, "ranges %zu and %zu overlap", j,
						    i);
		}
	return 1;
}

int spec_unsupported(struct spec_reader *r, const char *where, const char *key)
{
	char place[SPEC_WHERE_MAX];

	if (strv_push(&r->unsupported, spec_place(place, where, key)) < 0)
		return spec_no_memory(r);
	return 0;
}

/*
 * The members of the specification that masu doesn't implement: of other systems. Each is checked for
 * its type, then its name is recorded, for the runtime to refuse; but what holds nothing where only
 * its content asks for something is taken as absent.
 */

static bool says_nothing(struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_null:
		return true;
	case json_type_boolean:
		return !json_object_get_boolean(o);
	case json_type_int:
		return json_object_get_int64(o) == 0;
	case json_type_string:
		return json_object_get_string_len(o) == 0;
	case json_type_array:
		return json_object_array_length(o) == 0;
	case json_type_object: {
		json_object_object_foreach(o, key, value) {
			(void)key;
			if (!says_nothing(value))
				return false;
		}
		return true;
	}
	default:
		return false;
	}
}

static const struct {
	enum spec_part part;
	const char *key;
	enum json_type type;
	bool even_empty; /* its mere presence asks for something */
} members[] = {
	{SPEC_PART_TOP, "windows", json_type_object, true},
	{SPEC_PART_TOP, "solaris", json_type_object, true},
	{SPEC_PART_TOP, "vm", json_type_object, true},
	{SPEC_PART_TOP, "zos", json_type_object, true},
	{SPEC_PART_TOP, "freebsd", json_type_object, true},
	{SPEC_PART_PROCESS, "commandLine", json_type_string, false},
	{SPEC_PART_USER, "username", json_type_string, false},
};

int spec_note_unsupported(struct spec_reader *r, enum spec_part part, struct json_object *o,
			  const char *where)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		struct json_object *value;

		if (members[i].part != part ||
		    !json_object_object_get_ex(o, members[i].key, &value) || !value)
			continue;
		if (json_object_get_type(value) != members[i].type)
			return spec_invalid(r, where, members[i].key, "must be an %s",
					    json_type_to_name(members[i].type));
		if (!members[i].even_empty && says_nothing(value))
			continue;
		int n = spec_unsupported(r, where, members[i].key);
		if (n < 0)
			return n;
	}
	return 0;
}
