/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/properties.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "cgroup/limits.h"
#include "cgroup/v2/v2.h"

#define USEC_PER_SEC 1000000
#define TASKS	     "TasksMax" /* 1 at least, which is no more than 0: the first process has entered */

static struct scope_property *add(struct cgroup_properties *p, const char *name,
				  enum scope_type type)
{
	struct scope_property *item = &p->item[p->n++];

	*item = (struct scope_property){.name = name, .type = type};
	return item;
}

/* systemd's infinity is the largest number. */
static void add_number(struct cgroup_properties *p, const char *name, int64_t value)
{
	add(p, name, SCOPE_UINT64)->number = value < 0 ? UINT64_MAX : (uint64_t)value;
}

/* A list that masu cannot read is the kernel's alone. */
static void add_mask(struct cgroup_properties *p, const char *name, const char *list,
		     uint8_t mask[CPULIST_BYTES])
{
	int n = list && *list ? cpulist_parse(list, mask) : -ENODATA;

	if (n < 0)
		return;
	struct scope_property *item = add(p, name, SCOPE_BYTES);
	item->bytes.data = mask;
	item->bytes.size = (size_t)n;
}

/* Microseconds in a period; a negative quota is none, and a period of 0 the default. */
static void add_quota(struct cgroup_properties *p, int64_t quota, uint64_t period)
{
	uint64_t length = period ? period : CGROUP_CPU_PERIOD_DEFAULT;

	if (quota < 0)
		add_number(p, "CPUQuotaPerSecUSec", -1);
	/* Up to the next hundredth, which is what systemd keeps. */
	if (quota > 0)
		add_number(p, "CPUQuotaPerSecUSec",
			   (int64_t)(((uint64_t)quota * USEC_PER_SEC / length + 9999) / 10000 *
				     10000));
	if (quota > 0 || period)
		add_number(p, "CPUQuotaPeriodUSec", (int64_t)length);
}

/* "QUOTA PERIOD", "max PERIOD"; without a period the present one stays. */
static void add_cpu_max(struct cgroup_properties *p, const char *value)
{
	_cleanup_strv_ char **words = value ? strv_split(value, " ") : NULL;
	size_t n = words ? strv_length(words) : 0;
	uint64_t quota = 0, period = 0;

	if (n < 1 || n > 2 || (n == 2 && str_to_uint64(words[1], UINT32_MAX, &period) < 0))
		return;
	if (streq(words[0], "max"))
		add_quota(p, -1, period);
	else if (str_to_uint64(words[0], UINT32_MAX, &quota) == 0)
		add_quota(p, (int64_t)quota, period);
}

/* "max", "64M" of memory.*, "default 200" of io.weight. */
static int read_value(const char *value, uint64_t *ret)
{
	const char *weight = str_after(value, "default ");

	if (!streq(value, "max"))
		return str_to_size(weight ? weight : value, ret);
	*ret = UINT64_MAX;
	return 0;
}

/* A later property of a name wins, as a key of `unified` does over the member that says the same. */
static void add_unified(struct cgroup_properties *p, const struct oci_map *map)
{
	static const struct {
		const char *key, *name;
	} table[] = {
		{"cpu.weight", "CPUWeight"},	      {"io.weight", "IOWeight"},
		{"memory.high", "MemoryHigh"},	      {"memory.low", "MemoryLow"},
		{"memory.max", "MemoryMax"},	      {"memory.min", "MemoryMin"},
		{"memory.swap.max", "MemorySwapMax"}, {"pids.max", TASKS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *value = oci_map_get(map, table[i].key);
		uint64_t number;

		if (value && read_value(value, &number) == 0)
			add(p, table[i].name, SCOPE_UINT64)->number = streq(table[i].name, TASKS)
									      ? MAX(number, 1)
									      : number;
	}
	add_cpu_max(p, oci_map_get(map, "cpu.max"));
}

static const char *unified_or(const struct oci_map *map, const char *key, const char *member)
{
	const char *value = oci_map_get(map, key);

	return value ? value : member;
}

void cgroup_limits_properties(const struct oci_resources *limits, struct cgroup_properties *ret)
{
	const struct oci_memory *memory = &limits->memory;
	const struct oci_map *unified = &limits->unified;
	const struct oci_cpu *cpu = &limits->cpu;

	ret->n = 0;
	if (memory->limit)
		add_number(ret, "MemoryMax", memory->limit);
	if (memory->swap)
		add_number(ret, "MemorySwapMax",
			   memory->swap < 0 ? -1 : memory->swap - memory->limit);
	if (memory->reservation)
		add_number(ret, "MemoryLow", memory->reservation);
	if (cpu->shares)
		add_number(ret, "CPUWeight", (int64_t)v2_weight_of_shares(cpu->shares));
	add_quota(ret, cpu->quota, cpu->period);
	if (limits->has_pids_limit)
		add_number(ret, TASKS, limits->pids_limit ? limits->pids_limit : 1);
	if (limits->block_io.weight)
		add_number(ret, "IOWeight",
			   (int64_t)v2_weight_of_block_io(limits->block_io.weight));
	add_unified(ret, unified);
	add_mask(ret, "AllowedCPUs", unified_or(unified, "cpuset.cpus", cpu->cpus), ret->cpus);
	add_mask(ret, "AllowedMemoryNodes", unified_or(unified, "cpuset.mems", cpu->mems),
		 ret->mems);
}
