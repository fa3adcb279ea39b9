/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Building a JSON document member by member; a lack of memory is remembered and told at the end. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "oci/map.h"

struct build {
	bool failed;
};

/* Each does nothing for a NULL object, so that a failed child needs no check. */
struct json_object *build_object(struct build *b, struct json_object *o, const char *key);
struct json_object *build_array(struct build *b, struct json_object *o, const char *key);
void build_string(struct build *b, struct json_object *o, const char *key, const char *value);
void build_number(struct build *b, struct json_object *o, const char *key, int64_t value);
void build_bool(struct build *b, struct json_object *o, const char *key, bool value);
void build_strv(struct build *b, struct json_object *o, const char *key, char *const *values);

/* A time stamp; the year 1 for 0, as Go programs write "never". */
void build_time(struct build *b, struct json_object *o, const char *key, int64_t ns);

void build_map(struct build *b, struct json_object *o, const char *key, const struct oci_map *map);

/* A new object at the end of an array. */
struct json_object *build_item(struct build *b, struct json_object *array);
