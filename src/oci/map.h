/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A JSON object of strings, in the document's order: annotations, labels. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json-build.h"

struct oci_pair {
	char *key;
	char *value;
};
struct oci_map {
	struct oci_pair *pairs;
	size_t n;
};
const char *oci_map_get(const struct oci_map *map, const char *key); /* or NULL */
/* Does it hold `wanted`, "KEY" or "KEY=VALUE"? The first '=' ends the key, as in a filter of docker. */
bool oci_map_has(const struct oci_map *map, const char *wanted);
int oci_map_set(struct oci_map *map, const char *key, const char *value); /* 0 or -ENOMEM */
/* Sets each of the texts "KEY=VALUE". ERR_INVALID, naming the text as a `what`. */
int oci_map_set_pairs(struct oci_map *map, const char *what, char *const *pairs,
		      struct masu_error *err);
/* Sets what a JSON object of strings holds. ERR_INVALID with -EBADMSG, naming `what`, for another value. */
int oci_map_from_json(struct oci_map *map, const char *what, struct json_object *object,
		      struct masu_error *err);
void oci_map_done(struct oci_map *map);
#define _cleanup_oci_map_ _cleanup_(oci_map_done)

/* Adds the map to a document (base/json-build.h), also an empty one. */
void build_map(struct json_build *b, struct json_object *o, const char *key,
	       const struct oci_map *map);
