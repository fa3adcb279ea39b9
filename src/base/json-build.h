/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Building a JSON document with one check at the end. Once memory has run out, `failed` is set and stays
 * set.
 *
 *	_cleanup_json_ struct json_object *doc = json_object_new_object();
 *	struct json_build b = {0};
 *	struct json_object *ports = build_array(&b, doc, "ports");
 *
 *	build_text(&b, doc, "name", name);
 *	build_int(&b, ports, NULL, 80);
 *	if (b.failed)
 *		return -ENOMEM;
 *
 * `o` is an object, or an array if `key` is NULL. A NULL `o` sets `failed`, so neither the document nor a
 * nested object needs a check of its own.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct json_build {
	bool failed;
};

/* Adds `value`, taking ownership of it also on failure. A NULL value sets `failed`. */
void build_put(struct json_build *b, struct json_object *o, const char *key,
	       struct json_object *value);

/* Adds an empty object or array. The result is borrowed; NULL on failure. */
struct json_object *build_object(struct json_build *b, struct json_object *o, const char *key);
struct json_object *build_array(struct json_build *b, struct json_object *o, const char *key);

/*
 * A NULL text or list is left out. Names of files and variables are bytes, but readers refuse a document
 * that is not UTF-8: each invalid byte, also of a key, becomes U+FFFD.
 */
void build_text(struct json_build *b, struct json_object *o, const char *key, const char *text);
void build_texts(struct json_build *b, struct json_object *o, const char *key, char *const *list);

void build_int(struct json_build *b, struct json_object *o, const char *key, int64_t n);
void build_uint(struct json_build *b, struct json_object *o, const char *key, uint64_t n);
void build_bool(struct json_build *b, struct json_object *o, const char *key, bool value);

/* Adds true; false is left out. */
void build_true(struct json_build *b, struct json_object *o, const char *key, bool value);

/* Adds a set as JSON has it in image configs, like {"80/tcp": {}}, or its further members. No names: nothing. */
void build_set(struct json_build *b, struct json_object *o, const char *key, char *const *names);

/* Removes a nested object without members. */
void build_drop_empty(struct json_object *o, const char *key);
