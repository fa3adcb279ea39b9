/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shared by the parsers of the parts of config.json. Each part's parser fills a zeroed struct that its
 * caller frees, also after a failure. `where` is the place of an object in the
 * document ("process.rlimits[2]"), for error messages. All return 1 or 0 for present or absent
 * (part parsers 0), or -errno with the error set.
 */

#include "oci/spec.h"

#define SPEC_WHERE_MAX 128

struct spec_reader {
	char **unsupported;
	struct masu_error *err;
};

enum spec_text_flags {
	SPEC_REQUIRED = 1 << 0,	  /* absent is an error */
	SPEC_NONEMPTY = 1 << 1,	  /* "" is an error; without it "" reads as absent */
	SPEC_ABSOLUTE = 1 << 2,	  /* a path from "/" on */
	SPEC_NO_CONTROL = 1 << 3, /* no control characters: it ends in files of lines, or in logs */
	SPEC_NORMAL = 1 << 4,	  /* a path of the container's: read as path_normalize() has it */
};

/* "WHERE.KEY" or "WHERE.KEY[I]"; cut when it is absurdly long. */
const char *spec_place(char buffer[SPEC_WHERE_MAX], const char *where, const char *key);
const char *spec_place_at(char buffer[SPEC_WHERE_MAX], const char *where, const char *key,
			  size_t i);

/* ERR_INVALID: "WHERE.KEY: TEXT". */
int spec_invalid(struct spec_reader *r, const char *where, const char *key, const char *format, ...)
	_printf_(4, 5);

int spec_no_memory(struct spec_reader *r);

/* A copy of a string member. */
int spec_text(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	      enum spec_text_flags flags, char **ret);

/* An array of strings; the flags hold for each. */
int spec_texts(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	       enum spec_text_flags flags, char ***ret);

/* An id: 0 to 4294967294, since (uid_t)-1 stands for "no change" in the kernel's calls. */
int spec_id(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	    uint32_t *ret);

/* An object of strings. */
int spec_map(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	     struct oci_map *ret);

/*
 * An array of objects, each of which `read` turns into a struct. The list and its length are set before the first
 * object is read, so freeing the list frees everything after a failure.
 */
struct spec_list {
	void *ret;
	size_t *ret_n, size;
	int (*read)(struct spec_reader *r, struct json_object *item, const char *where, void *slot);
};
#define SPEC_LIST(list, n, read) ((struct spec_list){&(list), &(n), sizeof(*(list)), (read)})
int spec_array(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
	       struct spec_list list);

/* The ranges of an id map. 1 if the member exists, else 0 or -errno. */
int spec_id_maps(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
		 struct oci_id_map **ret, size_t *ret_n);

/* Records "WHERE.KEY" as unsupported. 0 or -ENOMEM. */
int spec_unsupported(struct spec_reader *r, const char *where, const char *key);

/* The parts, each in the file named after it. */
int spec_parse_process(struct spec_reader *r, struct json_object *o, struct oci_process *p);
int spec_parse_scheduler(struct spec_reader *r, struct json_object *o, struct oci_process *p);
int spec_parse_io_priority(struct spec_reader *r, struct json_object *o, struct oci_process *p);
int spec_parse_affinity(struct spec_reader *r, struct json_object *o, struct oci_process *p);
int spec_parse_memory_policy(struct spec_reader *r, struct json_object *o, struct oci_spec *spec);
int spec_parse_linux(struct spec_reader *r, struct json_object *o, struct oci_spec *spec);
int spec_parse_resources(struct spec_reader *r, struct json_object *o, const char *where,
			 struct oci_resources *ret);
int spec_parse_io(struct spec_reader *r, struct json_object *o, const char *where,
		  struct oci_resources *ret);
int spec_parse_seccomp(struct spec_reader *r, struct json_object *o, const char *where,
		       struct seccomp_policy *p);

/* Checks the form of the members of an object that masu doesn't implement, and records them. */
enum spec_part { SPEC_PART_TOP, SPEC_PART_PROCESS, SPEC_PART_USER };
int spec_note_unsupported(struct spec_reader *r, enum spec_part part, struct json_object *o,
			  const char *where);
