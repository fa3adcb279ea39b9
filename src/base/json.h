/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON documents are read strictly. A value of another type or out of range is an error that names its place in the
 * document ("process.rlimits[2].soft").
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

static inline void json_putp(struct json_object **o)
{
	if (*o)
		(void)json_object_put(*o);
}
#define _cleanup_json_ _cleanup_(json_putp)

/* More nesting than any OCI document has; deeper input is refused. */
#define JSON_DEPTH_MAX 64

/*
 * More than any OCI document has. json-c needs 800 bytes of memory for an empty object of two bytes, and 56 for a number,
 * so the size of the text alone does not bound its memory.
 */
#define JSON_LISTS_MAX (1 << 17) /* objects and arrays of a document */
#define JSON_WORDS_MAX (1 << 20) /* its strings, numbers and literals, keys included */

/*
 * Parses exactly one JSON value of `size` bytes. Refuses texts that RFC 8259 does not allow, trailing
 * bytes, duplicate keys within an object, whole numbers beyond 64 bits, and nesting over JSON_DEPTH_MAX. `what` names
 * the document in the error. EBADMSG for bad input, EFBIG for a text of 2 GiB or over the two limits above, ENOMEM.
 */
int json_parse(const char *text, size_t size, const char *what, struct json_object **ret,
	       struct masu_error *err);

/* Reads and parses a file of at most `limit` bytes below dirfd. ENOENT, EFBIG, EBADMSG. */
int json_read_file(int dirfd, const char *path, size_t limit, struct json_object **ret,
		   struct masu_error *err);

/* The same for a document that must be an object. */
int json_read_object(int dirfd, const char *path, size_t limit, struct json_object **ret,
		     struct masu_error *err);

/* The allowed values of a whole number, both ends included. */
struct json_range {
	int64_t min, max;
};
#define JSON_RANGE(least, most) ((struct json_range){.min = (least), .max = (most)})

/*
 * Typed members of an object. `where` is the place of the object in the document, "" at the top. Each returns 1 and the
 * value, 0 if the key is absent or null (the output is unchanged), or -EBADMSG if the type or range is wrong. Borrowed
 * values live as long as the document.
 */
int json_get_string(struct json_object *o, const char *where, const char *key, const char **ret,
		    struct masu_error *err);
int json_get_bool(struct json_object *o, const char *where, const char *key, bool *ret,
		  struct masu_error *err);
int json_get_int64(struct json_object *o, const char *where, const char *key,
		   struct json_range range, int64_t *ret, struct masu_error *err);
int json_get_uint64(struct json_object *o, const char *where, const char *key, uint64_t *ret,
		    struct masu_error *err);
int json_get_uint32(struct json_object *o, const char *where, const char *key, uint32_t *ret,
		    struct masu_error *err);
int json_get_object(struct json_object *o, const char *where, const char *key,
		    struct json_object **ret, struct masu_error *err);
int json_get_array(struct json_object *o, const char *where, const char *key,
		   struct json_object **ret, struct masu_error *err);

/* The same as a copy, which replaces the string (or NULL) in *ret. The caller frees it. */
int json_get_copy(struct json_object *o, const char *where, const char *key, char **ret,
		  struct masu_error *err);

/* The same for an array of strings, as a new string vector (strv.h) that the caller frees. */
int json_get_strv(struct json_object *o, const char *where, const char *key, char ***ret,
		  struct masu_error *err);

/* The document as text; `pretty` for files that people read. NULL when out of memory. */
const char *json_text(struct json_object *o, bool pretty);
