/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How the kernel schedules a process: processor time, disk access, processors, memory nodes. */

#include <stdbool.h>
#include <stdint.h>

#include "base/cpulist.h"
#include "base/err.h"
#include "base/word.h"

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

/* The names of the OCI document. */
extern const struct word schedule_policies[], schedule_flags[], schedule_io_classes[],
	schedule_memory_modes[], schedule_memory_flags[];

/* All for the calling process. 0 or -errno. */
int schedule_apply(const struct schedule *s);
int schedule_apply_io(const struct io_priority *p);
int schedule_apply_memory(const struct memory_policy *p);

/* Only these processors, of a list that was checked. */
int schedule_apply_affinity(const char *cpulist);
