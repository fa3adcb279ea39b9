/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shared by the parsers of the parts of config.json. Each part's parser fills a zeroed struct that its
 * caller frees, also after a failure. The reader remembers the first failure, and then reads nothing
 * more: so a parser needs no checks in between.
 */

#include "base/word.h"
#include "oci/spec.h"

#define SPEC_WHERE_MAX 128

struct spec_reader {
	char **unsupported;
	struct masu_error *err;
	int error; /* the first failure, -errno; or 0 */
};

/* An object of the document. */
struct spec_node {
	struct spec_reader *r;
	struct json_object *json;
	char where[SPEC_WHERE_MAX]; /* "process.rlimits[2]"; cut when it is absurdly long */
};

enum spec_text_flags {
	SPEC_REQUIRED = 1 << 0,	  /* absent is an error */
	SPEC_NONEMPTY = 1 << 1,	  /* "" is an error; without it "" reads as absent */
	SPEC_ABSOLUTE = 1 << 2,	  /* a path from "/" on */
	SPEC_NO_CONTROL = 1 << 3, /* no control characters: it ends in files of lines, or in logs */
	SPEC_NORMAL = 1 << 4,	  /* a path of the container's: read as path_normalize() has it */
};

/* The document, or a part of it that is a document of its own, as the node `where`. */
bool spec_top(struct spec_reader *r, struct json_object *json, const char *where,
	      struct spec_node *ret);

/* ERR_INVALID: "WHERE.KEY: TEXT", or without a key "WHERE: TEXT". Always false. */
bool spec_invalid(const struct spec_node *at, const char *key, const char *format, ...)
	_printf_(3, 4);
bool spec_no_memory(struct spec_reader *r);

/*
 * Members of an object. Each returns true if the member exists and is good; otherwise, and after any
 * failure, false, and the output is left alone.
 */
bool spec_object(const struct spec_node *at, const char *key, struct spec_node *ret);
bool spec_bool(const struct spec_node *at, const char *key, bool *ret);
bool spec_int64(const struct spec_node *at, const char *key, int64_t min, int64_t max,
		int64_t *ret);
bool spec_uint64(const struct spec_node *at, const char *key, uint64_t *ret);
bool spec_uint32(const struct spec_node *at, const char *key, uint32_t *ret);

/* A string that lives as long as the document. */
bool spec_string(const struct spec_node *at, const char *key, const char **ret);

/* The number of a required word, and the sum of the flags in an array. */
void spec_word(const struct spec_node *at, const char *key, const struct word *words,
	       uint32_t *ret);
void spec_flags(const struct spec_node *at, const char *key, const struct word *words,
		uint32_t *ret);

/* A copy of a string; of an array of strings, where the flags hold for each. */
bool spec_text(const struct spec_node *at, const char *key, enum spec_text_flags flags, char **ret);
bool spec_texts(const struct spec_node *at, const char *key, enum spec_text_flags flags,
		char ***ret);

/* An id: 0 to 4294967294, since (uid_t)-1 stands for "no change" in the kernel's calls. */
bool spec_id(const struct spec_node *at, const char *key, uint32_t *ret);

/* An object of strings. */
bool spec_map(const struct spec_node *at, const char *key, struct oci_map *ret);

/* Passes on whether a required member was read; if it is absent, that is an error. */
bool spec_require(const struct spec_node *at, const char *key, bool read);

/* An array, and the object that is one of its items. */
bool spec_items(const struct spec_node *at, const char *key, struct json_object **ret);
bool spec_item(const struct spec_node *at, const char *key, struct json_object *items, size_t i,
	       struct spec_node *ret);

/*
 * An array of objects, each of which `read` turns into a struct. The list and its length are set before the first
 * object is read, so freeing the list frees everything after a failure.
 */
struct spec_list {
	void *ret;
	size_t *ret_n, size;
	void (*read)(const struct spec_node *item, void *slot);
};
#define SPEC_LIST(list, n, read) ((struct spec_list){&(list), &(n), sizeof(*(list)), (read)})
bool spec_array(const struct spec_node *at, const char *key, struct spec_list list);

/* The ranges of an id map. */
bool spec_id_maps(const struct spec_node *at, const char *key, struct oci_id_map **ret,
		  size_t *ret_n);

/* Records "WHERE.KEY" as unsupported. */
void spec_unsupported(const struct spec_node *at, const char *key);

/* Checks the form of the members of an object that masu doesn't implement, and records them. */
enum spec_part { SPEC_PART_TOP, SPEC_PART_PROCESS, SPEC_PART_USER };
void spec_note_unsupported(const struct spec_node *at, enum spec_part part);

/* The parts, each in the file named after it. `at` is the object that has them, or of resources itself. */
void spec_parse_process(const struct spec_node *at, struct oci_process *p);
void spec_parse_hook(const struct spec_node *at, void *slot); /* a struct oci_hook */
void spec_parse_schedule(const struct spec_node *at, struct oci_process *p);
void spec_parse_memory_policy(const struct spec_node *at, struct oci_spec *spec);
void spec_parse_linux(const struct spec_node *at, struct oci_spec *spec);
void spec_parse_resources(const struct spec_node *at, struct oci_resources *ret);
void spec_parse_io(const struct spec_node *at, struct oci_resources *ret);
void spec_parse_seccomp(const struct spec_node *at, struct seccomp_policy *p);
