/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "oci/spec-reader.h"

/*
 * The members of the specification that masu doesn't implement. Each is checked for its type, and
 * where a check is given, for more of its form; then its name is recorded, for the runtime to
 * refuse. Engines write some of them empty at every start ("scheduler": {}), so what holds nothing
 * but zeroes, empty texts and empty lists is taken as absent.
 */

typedef int (*check_fn)(struct spec_reader *r, struct json_object *o, const char *where);

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

/* Each member of an object is an object that `check` accepts. */
static int check_members(struct spec_reader *r, struct json_object *o, const char *where,
			 check_fn check)
{
	char place[SPEC_WHERE_MAX];

	json_object_object_foreach(o, key, value) {
		(void)spec_place(place, where, key);
		if (json_object_get_type(value) != json_type_object)
			return spec_invalid(r, "", place, "must be an object");
		int n = check(r, value, place);

		if (n < 0)
			return n;
	}
	return 0;
}

static int check_net_device(struct spec_reader *r, struct json_object *o, const char *where)
{
	const char *name;

	return json_get_string(o, where, "name", &name, r->err);
}

static int check_net_devices(struct spec_reader *r, struct json_object *o, const char *where)
{
	return check_members(r, o, where, check_net_device);
}

static const struct {
	enum spec_part part;
	const char *key;
	enum json_type type;
	bool even_empty; /* its mere presence asks for something */
	check_fn check;
} members[] = {
	{SPEC_PART_TOP, "windows", json_type_object, true, NULL},
	{SPEC_PART_TOP, "solaris", json_type_object, true, NULL},
	{SPEC_PART_TOP, "vm", json_type_object, true, NULL},
	{SPEC_PART_TOP, "zos", json_type_object, true, NULL},
	{SPEC_PART_TOP, "freebsd", json_type_object, true, NULL},
	{SPEC_PART_PROCESS, "commandLine", json_type_string, false, NULL},
	{SPEC_PART_LINUX, "intelRdt", json_type_object, true, NULL},
	{SPEC_PART_LINUX, "netDevices", json_type_object, false, check_net_devices},
};

int spec_note_unsupported(struct spec_reader *r, enum spec_part part, struct json_object *o,
			  const char *where)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		char place[SPEC_WHERE_MAX];
		struct json_object *value;
		int n = 0;

		if (members[i].part != part ||
		    !json_object_object_get_ex(o, members[i].key, &value) || !value)
			continue;
		if (json_object_get_type(value) != members[i].type)
			return spec_invalid(r, where, members[i].key, "must be an %s",
					    json_type_to_name(members[i].type));
		if (members[i].check)
			n = members[i].check(r, value, spec_place(place, where, members[i].key));
		if (n >= 0 && (members[i].even_empty || !says_nothing(value)))
			n = spec_unsupported(r, where, members[i].key);
		if (n < 0)
			return n;
	}
	return 0;
}
