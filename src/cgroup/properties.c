/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/properties.h"

#include <errno.h>

#include "base/str.h"
#include "cgroup/limits.h"

#define USEC_PER_SEC 1000000

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

static int add_mask(struct cgroup_properties *p, const char *name, const char *list,
		    uint8_t mask[CPULIST_BYTES], struct err *err)
{
	int n = cpulist_parse(list, mask);

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "bad list '%s'", list);
	struct scope_property *item = add(p, name, SCOPE_BYTES);
	item->bytes.data = mask;
	item->bytes.size = (size_t)n;
	return 0;
}

static void add_quota(struct cgroup_properties *p, const struct oci_cpu *cpu)
{
	uint64_t period = cpu->period ? cpu->period : CGROUP_CPU_PERIOD_DEFAULT;

	if (cpu->quota == 0)
		return;
	if (cpu->quota < 0) {
		add_number(p, "CPUQuotaPerSecUSec", -1);
		return;
	}
	/* Up to the next hundredth, which is what systemd keeps. */
	uint64_t usec = (uint64_t)cpu->quota * USEC_PER_SEC / period;
	add_number(p, "CPUQuotaPerSecUSec", (int64_t)((usec + 9999) / 10000 * 10000));
	add_number(p, "CPUQuotaPeriodUSec", (int64_t)period);
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
		{"memory.swap.max", "MemorySwapMax"}, {"pids.max", "TasksMax"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *value = oci_map_get(map, table[i].key);
		uint64_t number = UINT64_MAX;

		if (value &&
		    (streq(value, "max") || str_to_uint64(value, UINT64_MAX, &number) == 0))
			add(p, table[i].name, SCOPE_UINT64)->number = number;
	}
}

int cgroup_limits_properties(const struct oci_resources *limits, struct cgroup_properties *ret,
			     struct err *err)
{
	const struct oci_memory *memory = &limits->memory;
	const struct oci_cpu *cpu = &limits->cpu;
	int r = 0;

	ret->n = 0;
	if (memory->limit)
		add_number(ret, "MemoryMax", memory->limit);
	if (memory->swap)
		add_number(ret, "MemorySwapMax",
			   memory->swap < 0 ? -1 : memory->swap - memory->limit);
	if (memory->reservation)
		add_number(ret, "MemoryLow", memory->reservation);
	if (cpu->shares)
		add_number(ret, "CPUWeight", (int64_t)cgroup_weight_of_shares(cpu->shares));
	add_quota(ret, cpu);
	if (limits->has_pids_limit)
		add_number(ret, "TasksMax", limits->pids_limit > 0 ? limits->pids_limit : -1);
	if (limits->block_io.weight)
		add_number(ret, "IOWeight",
			   (int64_t)cgroup_weight_of_block_io(limits->block_io.weight));
	add_unified(ret, &limits->unified);
	if (cpu->cpus && *cpu->cpus)
		r = add_mask(ret, "AllowedCPUs", cpu->cpus, ret->cpus, err);
	if (r == 0 && cpu->mems && *cpu->mems)
		r = add_mask(ret, "AllowedMemoryNodes", cpu->mems, ret->mems, err);
	return r;
}
