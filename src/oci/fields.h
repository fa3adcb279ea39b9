/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The members of a struct as the members of a JSON object, by a table. */

#include <json-c/json.h>
#include <stddef.h>

#include "base/err.h"

enum field_kind {
	FIELD_STRING, /* char *; NULL is left out */
	FIELD_STRV,   /* char **; NULL is left out */
	FIELD_MAP,    /* struct oci_map */
	FIELD_BOOL,
	FIELD_INT64,
	FIELD_UINT64,
	FIELD_UINT32,
	FIELD_PID,  /* pid_t, above 0 */
	FIELD_TIME, /* int64_t, nanoseconds since the epoch; an RFC 3339 time in JSON */
};

/* A table ends with a row without key. */
struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
};
#define FIELD_ROW(type, key, kind, member)        \
	{                                         \
		key, kind, offsetof(type, member) \
	}

/* Frees all members and sets them to NULL or 0. */
void fields_done(const struct field *table, void *object);

/* Adds all members. */
struct json_build;
void build_fields(struct json_build *b, struct json_object *o, const struct field *table,
		  const void *object);

/*
 * Reads into an object of zeros; absent members stay as they are. After an error the caller frees
 * the members read so far. EBADMSG for a wrong type or range, ENOMEM.
 */
int fields_from_json(const struct field *table, struct json_object *o, void *ret,
		     struct masu_error *err);
