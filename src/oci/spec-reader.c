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

/* Keeps the first failure. */
static bool fail(struct spec_reader *r, int error)
{
	r->error = error;
	return false;
}

static bool took(struct spec_reader *r, int n)
{
	return n < 0 ? fail(r, n) : n > 0;
}

/* "WHERE.KEY", and for an item "WHERE.KEY[I]". */
static void set_place(char ret[SPEC_WHERE_MAX], const char *where, const char *key)
{
	if (snprintf(ret, SPEC_WHERE_MAX, "%s%s%s", where, *where && *key ? "." : "", key) < 0)
		*ret = 0;
}

static void set_item(struct spec_node *ret, const struct spec_node *at, const char *key, size_t i)
{
	ret->r = at->r;
	if (snprintf(ret->where, SPEC_WHERE_MAX, "%s%s%s[%zu]", at->where, *at->where ? "." : "",
		     key, i) < 0)
		*ret->where = 0;
}

bool spec_invalid(const struct spec_node *at, const char *key, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	char place[SPEC_WHERE_MAX];
	va_list ap;

	if (at->r->error)
		return false;
	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return spec_no_memory(at->r);
	}
	set_place(place, at->where, key);
	return fail(at->r, err_set(at->r->err, ERR_INVALID, EINVAL, "%s: %s", place, text));
}

bool spec_no_memory(struct spec_reader *r)
{
	return fail(r, err_oom(r->err));
}

bool spec_require(const struct spec_node *at, const char *key, bool read)
{
	return read || spec_invalid(at, key, "is missing");
}

bool spec_top(struct spec_reader *r, struct json_object *json, const char *where,
	      struct spec_node *ret)
{
	*ret = (struct spec_node){.r = r, .json = json};
	set_place(ret->where, where, "");
	return json_object_is_type(json, json_type_object) ||
	       spec_invalid(ret, "", "must be an object");
}

bool spec_object(const struct spec_node *at, const char *key, struct spec_node *ret)
{
	struct spec_reader *r = at->r;

	if (r->error || !took(r, json_get_object(at->json, at->where, key, &ret->json, r->err)))
		return false;
	ret->r = r;
	set_place(ret->where, at->where, key);
	return true;
}

bool spec_bool(const struct spec_node *at, const char *key, bool *ret)
{
	struct spec_reader *r = at->r;

	return !r->error && took(r, json_get_bool(at->json, at->where, key, ret, r->err));
}

bool spec_int64(const struct spec_node *at, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	struct spec_reader *r = at->r;

	return !r->error &&
	       took(r, json_get_int64(at->json, at->where, key, JSON_RANGE(min, max), ret, r->err));
}

bool spec_uint64(const struct spec_node *at, const char *key, uint64_t *ret)
{
	struct spec_reader *r = at->r;

	return !r->error && took(r, json_get_uint64(at->json, at->where, key, ret, r->err));
}

bool spec_uint32(const struct spec_node *at, const char *key, uint32_t *ret)
{
	struct spec_reader *r = at->r;

	return !r->error && took(r, json_get_uint32(at->json, at->where, key, ret, r->err));
}

bool spec_string(const struct spec_node *at, const char *key, const char **ret)
{
	struct spec_reader *r = at->r;

	return !r->error && took(r, json_get_string(at->json, at->where, key, ret, r->err));
}

/* Asked first for the texts of a list: to put their places into words costs more than to read them. */
static bool is_good_text(const char *s, enum spec_text_flags flags)
{
	return (*s || !(flags & (SPEC_NONEMPTY | SPEC_ABSOLUTE))) &&
	       (*s == '/' || !(flags & SPEC_ABSOLUTE)) &&
	       (!(flags & SPEC_NO_CONTROL) || !str_has_control(s));
}

static bool check_text(const struct spec_node *at, const char *key, const char *s,
		       enum spec_text_flags flags)
{
	if ((flags & (SPEC_NONEMPTY | SPEC_ABSOLUTE)) && !*s)
		return spec_invalid(at, key, "must not be empty");
	if ((flags & SPEC_ABSOLUTE) && *s != '/')
		return spec_invalid(at, key, "'%s' is not an absolute path", s);
	if ((flags & SPEC_NO_CONTROL) && str_has_control(s))
		return spec_invalid(at, key, "must not hold control characters");
	return true;
}

bool spec_text(const struct spec_node *at, const char *key, enum spec_text_flags flags, char **ret)
{
	const char *s = NULL;

	if (!spec_string(at, key, &s))
		return flags & SPEC_REQUIRED && spec_require(at, key, false);
	if (!*s && !(flags & (SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_ABSOLUTE)))
		return false;
	if (!check_text(at, key, s, flags))
		return false;
	*ret = flags & SPEC_NORMAL ? path_normalize(s) : strdup(s);
	return *ret || spec_no_memory(at->r);
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

bool spec_texts(const struct spec_node *at, const char *key, enum spec_text_flags flags,
		char ***ret)
{
	_cleanup_strv_ char **l = NULL;
	struct spec_reader *r = at->r;
	struct spec_node item;

	if (r->error || !took(r, json_get_strv(at->json, at->where, key, &l, r->err)))
		return flags & SPEC_REQUIRED && spec_require(at, key, false);
	for (size_t i = 0; l[i]; i++) {
		if (!is_good_text(l[i], flags)) {
			set_item(&item, at, key, i);
			return check_text(&item, "", l[i], flags);
		}
		if (flags & SPEC_NORMAL && normalize(&l[i]) < 0)
			return spec_no_memory(r);
	}
	*ret = TAKE_PTR(l);
	return true;
}

bool spec_id(const struct spec_node *at, const char *key, uint32_t *ret)
{
	uint32_t id;

	if (!spec_uint32(at, key, &id))
		return false;
	if (id == UINT32_MAX)
		return spec_invalid(at, key, "4294967295 stands for no id at all");
	*ret = id;
	return true;
}

bool spec_map(const struct spec_node *at, const char *key, struct oci_map *ret)
{
	struct spec_node map;

	if (!spec_object(at, key, &map))
		return false;
	ret->pairs = calloc((size_t)json_object_object_length(map.json) + 1, sizeof(*ret->pairs));
	if (!ret->pairs)
		return spec_no_memory(at->r);
	json_object_object_foreach(map.json, name, value) {
		struct oci_pair *pair = &ret->pairs[ret->n];
		const char *text;

		(void)value;
		if (!*name || str_has_control(name))
			return spec_invalid(at, key, "a key is empty or has control characters");
		if (!spec_string(&map, name, &text))
			return spec_invalid(&map, name, "must be a string");
		ret->n++;
		pair->key = strdup(name);
		pair->value = strdup(text);
		if (!pair->key || !pair->value)
			return spec_no_memory(at->r);
	}
	return true;
}

bool spec_items(const struct spec_node *at, const char *key, struct json_object **ret)
{
	struct spec_reader *r = at->r;

	return !r->error && took(r, json_get_array(at->json, at->where, key, ret, r->err));
}

bool spec_item(const struct spec_node *at, const char *key, struct json_object *items, size_t i,
	       struct spec_node *ret)
{
	set_item(ret, at, key, i);
	ret->json = json_object_array_get_idx(items, i);
	return json_object_is_type(ret->json, json_type_object) ||
	       spec_invalid(ret, "", "must be an object");
}

bool spec_array(const struct spec_node *at, const char *key, struct spec_list list)
{
	struct json_object *items;
	struct spec_node item;

	if (!spec_items(at, key, &items))
		return false;
	size_t length = json_object_array_length(items);
	char *slots = calloc(length + 1, list.size);

	if (!slots)
		return spec_no_memory(at->r);
	*(void **)list.ret = slots;
	for (size_t i = 0; i < length && spec_item(at, key, items, i, &item) && !at->r->error;
	     i++) {
		*list.ret_n = i + 1;
		list.read(&item, slots + i * list.size);
	}
	return !at->r->error;
}

static void parse_id_map(const struct spec_node *at, void *slot)
{
	struct oci_id_map *m = slot;

	(void)spec_require(at, "containerID", spec_uint32(at, "containerID", &m->container_id));
	(void)spec_require(at, "hostID", spec_uint32(at, "hostID", &m->host_id));
	if (!spec_require(at, "size", spec_uint32(at, "size", &m->size)))
		return;
	if (m->size == 0)
		(void)spec_invalid(at, "size", "must not be 0");
	/* The last id that may be mapped is 4294967294. */
	if (m->size > UINT32_MAX - m->container_id || m->size > UINT32_MAX - m->host_id)
		(void)spec_invalid(at, "size", "the range ends beyond the last id");
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

bool spec_id_maps(const struct spec_node *at, const char *key, struct oci_id_map **ret,
		  size_t *ret_n)
{
	if (!spec_array(at, key, SPEC_LIST(*ret, *ret_n, parse_id_map)))
		return false;
	if (*ret_n > ID_MAP_LINES_MAX)
		return spec_invalid(at, key, "has more than %d ranges", ID_MAP_LINES_MAX);
	for (size_t i = 0; i < *ret_n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct oci_id_map *a = &(*ret)[i], *b = &(*ret)[j];

			if (overlap(a->container_id, a->size, b->container_id, b->size) ||
			    overlap(a->host_id, a->size, b->host_id, b->size))
				return spec_invalid(at, key, "ranges %zu and %zu overlap", j, i);
		}
	return true;
}

void spec_unsupported(const struct spec_node *at, const char *key)
{
	char place[SPEC_WHERE_MAX];

	set_place(place, at->where, key);
	if (strv_push(&at->r->unsupported, place) < 0)
		(void)spec_no_memory(at->r);
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

void spec_note_unsupported(const struct spec_node *at, enum spec_part part)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const char *key = members[i].key;
		struct json_object *value;

		if (members[i].part != part || !json_object_object_get_ex(at->json, key, &value) ||
		    !value)
			continue;
		if (!json_object_is_type(value, members[i].type))
			(void)spec_invalid(at, key, "must be an %s",
					   json_type_to_name(members[i].type));
		else if (members[i].even_empty || !says_nothing(value))
			spec_unsupported(at, key);
	}
}

void spec_word(const struct spec_node *at, const char *key, const struct word *words, uint32_t *ret)
{
	const char *name = NULL;

	if (spec_require(at, key, spec_string(at, key, &name)) && word_number(words, name, ret) < 0)
		(void)spec_invalid(at, key, "unknown word: '%s'", name);
}

void spec_flags(const struct spec_node *at, const char *key, const struct word *words,
		uint32_t *ret)
{
	_cleanup_strv_ char **names = NULL;

	(void)spec_texts(at, key, 0, &names);
	STRV_FOREACH(name, names) {
		uint32_t flag = 0;

		if (word_number(words, *name, &flag) < 0)
			(void)spec_invalid(at, key, "unknown flag: '%s'", *name);
		*ret |= flag;
	}
}
