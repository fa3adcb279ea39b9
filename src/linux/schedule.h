/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How the kernel schedules a process: processor time, disk access, processors, memory nodes. */

#include <stdbool.h>
#include <stdint.h>

#include "base/cpulist.h"
#include "base/err.h"

/* sched(7), sched_setattr(2). */
struct schedule {
	uint32_t policy; /* SCHED_* */
	uint64_t flags;	 /* SCHED_FLAG_* */
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* nanoseconds */
};

/* ioprio_set(2). */
struct io_priority {
	uint32_t class; /* IOPRIO_CLASS_* */
	uint32_t level; /* 0 to 7 */
};

/* set_mempolicy(2). */
struct memory_policy {
	uint32_t mode;	/* MPOL_* */
	uint32_t flags; /* MPOL_F_* */
	uint8_t nodes[CPULIST_BYTES];
};

/* The names of the OCI document and the numbers that they stand for. */
enum schedule_word {
	SCHEDULE_POLICY,
	SCHEDULE_FLAG,
	SCHEDULE_IO_CLASS,
	SCHEDULE_MEMORY_MODE,
	SCHEDULE_MEMORY_FLAG,
	SCHEDULE_WORD_MAX
};
int schedule_word_number(enum schedule_word kind, const char *name, uint32_t *ret); /* -EINVAL */
const char *schedule_word_name(enum schedule_word kind, uint32_t number);	    /* or NULL */

/* The name with this index, NULL after the last: for lists of all. */
const char *schedule_word_at(enum schedule_word kind, size_t index);

/* All for the calling process. 0 or -errno. */
int schedule_apply(const struct schedule *s);
int schedule_apply_io(const struct io_priority *p);
int schedule_apply_memory(const struct memory_policy *p);

/* Only these processors, of a list that was checked. */
int schedule_apply_affinity(const char *cpulist);
