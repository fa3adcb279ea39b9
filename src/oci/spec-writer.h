/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Building JSON with one check at the end: each call does nothing once memory has run out, and
 * `failed` says so. What is absent (NULL, no members) is left out of the document.
 */

#include "oci/spec.h"

struct spec_writer {
	bool failed;
};

/* Adds `value`, taking ownership of it. */
void spec_put(struct spec_writer *w, struct json_object *o, const char *key,
	      struct json_object *value);

/* Opens a member, or with `key` NULL and an array an element; NULL when memory has run out. */
struct json_object *spec_open_object(struct spec_writer *w, struct json_object *o, const char *key);
struct json_object *spec_open_array(struct spec_writer *w, struct json_object *o, const char *key);

/* Takes the member out again when nothing was put into it. */
void spec_drop_empty(struct json_object *o, const char *key);

void spec_put_text(struct spec_writer *w, struct json_object *o, const char *key, const char *s);
void spec_put_texts(struct spec_writer *w, struct json_object *o, const char *key, char *const *l);
void spec_put_int(struct spec_writer *w, struct json_object *o, const char *key, int64_t n);
void spec_put_uint(struct spec_writer *w, struct json_object *o, const char *key, uint64_t n);
void spec_put_true(struct spec_writer *w, struct json_object *o, const char *key, bool value);
void spec_put_map(struct spec_writer *w, struct json_object *o, const char *key,
		  const struct oci_map *map);

/* The parts with a file of their own. */
void spec_write_process(struct spec_writer *w, struct json_object *o, const struct oci_process *p);
void spec_write_schedule(struct spec_writer *w, struct json_object *o, const struct oci_process *p);
void spec_write_memory_policy(struct spec_writer *w, struct json_object *o,
			      const struct memory_policy *p);
void spec_write_resources(struct spec_writer *w, struct json_object *o,
			  const struct oci_resources *r);
void spec_write_seccomp(struct spec_writer *w, struct json_object *o,
			const struct seccomp_policy *p);
