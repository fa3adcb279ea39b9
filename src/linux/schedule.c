/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/schedule.h"

#include <assert.h>
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "linux/compat.h"

/* linux/sched.h has a comment in its place. */
#define SCHED_ISO 4

/* struct sched_attr: its header and libc's sched.h can't be read together. */
struct sched_attributes {
	uint32_t size;
	uint32_t sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period;
	uint32_t sched_util_min, sched_util_max;
};
static_assert(sizeof(struct sched_attributes) == 56, "SCHED_ATTR_SIZE_VER1 of the kernel");

const struct word schedule_policies[] = {
	{"SCHED_OTHER", SCHED_NORMAL},
	{"SCHED_FIFO", SCHED_FIFO},
	{"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},
	{"SCHED_ISO", SCHED_ISO},
	{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
	{NULL},
};

const struct word schedule_flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
	{NULL},
};

const struct word schedule_io_classes[] = {
	{"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
	{"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
	{"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
	{NULL},
};

const struct word schedule_memory_modes[] = {
	{"MPOL_DEFAULT", MPOL_DEFAULT},
	{"MPOL_BIND", MPOL_BIND},
	{"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
	{"MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE_NUMBER},
	{"MPOL_PREFERRED", MPOL_PREFERRED},
	{"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
	{"MPOL_LOCAL", MPOL_LOCAL},
	{NULL},
};

const struct word schedule_memory_flags[] = {
	{"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
	{"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
	{"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
	{NULL},
};

int schedule_apply(const struct schedule *s)
{
	const struct sched_attributes attributes = {
		.size = sizeof(attributes),
		.sched_policy = s->policy,
		.sched_flags = s->flags,
		.sched_nice = s->nice,
		.sched_priority = s->priority,
		.sched_runtime = s->runtime,
		.sched_deadline = s->deadline,
		.sched_period = s->period,
		/* config.json has the flags that say these are set, but no values: no clamp. */
		.sched_util_max = 1024,
	};

	return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}

int schedule_apply_io(const struct io_priority *p)
{
	int value = (int)IOPRIO_PRIO_VALUE(p->class, p->level);

	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value) < 0 ? -errno : 0;
}

/* Memory nodes and processors are given as arrays of long, lowest first, whatever the byte order. */
static size_t to_longs(const uint8_t mask[CPULIST_BYTES], unsigned long longs[])
{
	size_t used = 0;

	for (size_t i = 0; i < CPULIST_BYTES; i++) {
		size_t at = i / sizeof(long);

		if (i % sizeof(long) == 0)
			longs[at] = 0;
		longs[at] |= (unsigned long)mask[i] << (i % sizeof(long) * 8);
		if (mask[i])
			used = at + 1;
	}
	return used;
}

int schedule_apply_memory(const struct memory_policy *p)
{
	unsigned long nodes[CPULIST_BYTES / sizeof(long)];
	size_t used = to_longs(p->nodes, nodes);

	/* The kernel looks at one bit less than it is told. */
	return syscall(SYS_set_mempolicy, p->mode | p->flags, used ? nodes : NULL,
		       used ? used * sizeof(long) * 8 + 1 : 0) < 0
		       ? -errno
		       : 0;
}

int schedule_apply_affinity(const char *cpulist)
{
	unsigned long processors[CPULIST_BYTES / sizeof(long)];
	uint8_t mask[CPULIST_BYTES];
	int r = cpulist_parse(cpulist, mask);

	if (r < 0)
		return r;
	size_t used = to_longs(mask, processors);
	return syscall(SYS_sched_setaffinity, 0, used * sizeof(long), processors) < 0 ? -errno : 0;
}
