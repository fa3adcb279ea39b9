/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All that is counted of a container, as the JSON that runc's `events` prints, which is what engines
 * and collectors read (libcontainer's types.Stats). Numbers that a host doesn't have are left out.
 */

#include "base/err.h"
#include "base/json-build.h"
#include "cgroup/cgroup.h"

int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct err *err);

/* The longest file that is read: io.stat has a line for each device. */
#define METRICS_TEXT_MAX 262144

/* The parts, for v1 and v2. */
struct metrics {
	struct json_object *data;
	struct json_build build;
};
void metrics_v1(const struct cgroup *cg, struct metrics *m);
void metrics_v2(const struct cgroup *cg, struct metrics *m);

/* The member `key`, created if it is missing. NULL on failure. */
struct json_object *metrics_object(struct metrics *m, struct json_object *o, const char *key);

/* The first line of a file, or NULL. */
char *metrics_line(int fd, const char *file);

/* Adds the number in a file ("max": the largest there is) or in its line "KEY NUMBER", times `factor`. */
void metrics_number(struct metrics *m, struct json_object *o, const char *name, int fd,
		    const char *file, uint64_t factor);
void metrics_field(struct metrics *m, struct json_object *o, const char *name, int fd,
		   const char *file, const char *key, uint64_t factor);

/* All lines "KEY NUMBER" of a file. */
void metrics_fields(struct metrics *m, struct json_object *o, int fd, const char *file);

/* The "MAJOR:MINOR " that a line begins with; what follows, or NULL when it is none. */
char *metrics_device(char *line, unsigned int *ret_major, unsigned int *ret_minor);

/* An entry of a list of block devices' numbers. */
void metrics_block(struct metrics *m, struct json_object *list, unsigned int major,
		   unsigned int minor, const char *operation, uint64_t value);

/* The tasks' part: unlike those of memory, their limit is left out when there is none. */
void metrics_pids(struct metrics *m, int fd);

/* The huge pages' part, of files hugetlb.SIZE.WHAT. */
void metrics_hugepages(struct metrics *m, int fd, const char *usage, const char *peak);
