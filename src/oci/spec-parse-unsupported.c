/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "oci/spec-reader.h"

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
