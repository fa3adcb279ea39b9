/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The numbers in the files of a group, for the statistics of both versions: as members of struct cgroup_stats,
 * and as the JSON of cgroup_metrics().
 */

#include <stddef.h>
#include <stdint.h>

#include "base/json-build.h"

/* The longest file that is read: io.stat has a line for each device. */
#define METRICS_TEXT_MAX 262144

struct metrics {
	struct json_object *data;
	struct json_build build;
};

/* The member `key`, created if it is missing. NULL on failure. */
struct json_object *metrics_object(struct metrics *m, struct json_object *o, const char *key);

/* The first line of a file, or NULL. */
char *metrics_line(int fd, const char *file);

/*
 * Adds the number of a file ("max": the largest there is), or of its line "KEY NUMBER", times `factor` (0:
 * one). A missing number is omitted.
 */
struct metrics_source {
	int group;
	const char *file, *key;
	uint64_t factor;
};
void metrics_add(struct metrics *m, struct json_object *o, const char *name,
		 struct metrics_source source);

/* All lines "KEY NUMBER" of memory.stat. */
void metrics_memory_stat(struct metrics *m, struct json_object *o, int fd);

/* Reads the "MAJOR:MINOR " at the beginning of a line. Returns the rest, or NULL if it is missing. */
char *metrics_device(char *line, unsigned int *ret_major, unsigned int *ret_minor);

/* Adds an entry to a list of numbers of block devices. */
void metrics_block(struct metrics *m, struct json_object *list, unsigned int major,
		   unsigned int minor, const char *operation, uint64_t value);

/* Adds the numbers of tasks. Unlike memory's, their limit is omitted if it is not set. */
void metrics_pids(struct metrics *m, int fd);

/* Adds the numbers of huge pages, from files hugetlb.SIZE.NAME. */
void metrics_hugepages(struct metrics *m, int fd, const char *usage, const char *peak);

/*
 * The number that is the whole file, or CGROUP_UNKNOWN if it is missing; "max", or as v1 writes it, is
 * CGROUP_NO_LIMIT.
 */
uint64_t counts_number(int group, const char *file);

/* The number in the line "KEY NUMBER". */
uint64_t counts_field(int group, const char *file, const char *key);

/* The numbers of several keys. */
void counts_fields(int group, const char *file, const char *const *keys, uint64_t *const *fields,
		   size_t n);
