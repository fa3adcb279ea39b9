/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cpulist.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/limits.h"
#include "cgroup/v2/v2.h"
#include "systemd/unit-name.h"

#define USEC_PER_SEC 1000000
#define TASKS	     "TasksMax" /* 1 at least, which is no more than 0: the first process has entered */

/* Failure is remembered, so the calls need no checks in between. */
struct properties {
	char **list;
	int error; /* 0 or -ENOMEM */
};

/* systemd's infinity is the largest number. */
static void add_number(struct properties *p, const char *name, uint64_t value)
{
	if (p->error == 0)
		p->error = strv_pushf(&p->list, "%s=uint64 %" PRIu64, name, value);
}

/* A negative limit is none. */
static void add_limit(struct properties *p, const char *name, int64_t value)
{
	add_number(p, name, value < 0 ? UINT64_MAX : (uint64_t)value);
}

/* A list that masu cannot read is the kernel's alone. */
static void add_mask(struct properties *p, const char *name, const char *cpus)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	uint8_t mask[CPULIST_BYTES];
	int n = cpus && *cpus ? cpulist_parse(cpus, mask) : -ENODATA;

	for (int i = 0; i < n && p->error == 0; i++)
		p->error = strbuf_addf(&b, "%s%u", i ? "," : "", (unsigned int)mask[i]);
	if (n > 0 && p->error == 0)
		p->error = strv_pushf(&p->list, "%s=@ay [%s]", name, b.text);
}

/* Microseconds in a period; a negative quota is none, and a period of 0 the default. */
static void add_quota(struct properties *p, int64_t quota, uint64_t period)
{
	uint64_t length = period ? period : CGROUP_CPU_PERIOD_DEFAULT;

	if (quota < 0)
		add_number(p, "CPUQuotaPerSecUSec", UINT64_MAX);
	/* Up to the next hundredth, which is what systemd keeps. */
	if (quota > 0)
		add_number(p, "CPUQuotaPerSecUSec",
			   ((uint64_t)quota * USEC_PER_SEC / length + 9999) / 10000 * 10000);
	if (quota > 0 || period)
		add_number(p, "CPUQuotaPeriodUSec", length);
}

/* "QUOTA PERIOD", "max PERIOD"; without a period the present one stays. */
static void add_cpu_max(struct properties *p, const char *value)
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
static void add_unified(struct properties *p, const struct oci_map *map)
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
			add_number(p, table[i].name,
				   streq(table[i].name, TASKS) ? MAX(number, 1) : number);
	}
	add_cpu_max(p, oci_map_get(map, "cpu.max"));
}

static const char *unified_or(const struct oci_map *map, const char *key, const char *member)
{
	const char *value = oci_map_get(map, key);

	return value ? value : member;
}

int cgroup_limits_properties(const struct oci_resources *limits, char ***list)
{
	const struct oci_memory *memory = &limits->memory;
	const struct oci_map *unified = &limits->unified;
	const struct oci_cpu *cpu = &limits->cpu;
	struct properties p = {.list = *list};

	if (memory->limit)
		add_limit(&p, "MemoryMax", memory->limit);
	if (memory->swap)
		add_limit(&p, "MemorySwapMax",
			  memory->swap < 0 ? -1 : memory->swap - memory->limit);
	if (memory->reservation)
		add_limit(&p, "MemoryLow", memory->reservation);
	if (cpu->shares)
		add_number(&p, "CPUWeight", v2_weight_of_shares(cpu->shares));
	add_quota(&p, cpu->quota, cpu->period);
	if (limits->has_pids_limit)
		add_limit(&p, TASKS, limits->pids_limit ? limits->pids_limit : 1);
	if (limits->block_io.weight)
		add_number(&p, "IOWeight", v2_weight_of_block_io(limits->block_io.weight));
	add_unified(&p, unified);
	add_mask(&p, "AllowedCPUs", unified_or(unified, "cpuset.cpus", cpu->cpus));
	add_mask(&p, "AllowedMemoryNodes", unified_or(unified, "cpuset.mems", cpu->mems));
	*list = p.list;
	return p.error;
}

/* The form of linux.cgroupsPath that names a slice and a scope of systemd. */
int cgroup_parse_systemd_path(const char *path, const char *id, char **ret_slice, char **ret_scope,
			      struct masu_error *err)
{
	_cleanup_free_ char *slice = NULL, *scope = NULL;
	_cleanup_strv_ char **parts = NULL;
	int r;

	if (!path) {
		r = unit_name_make("masu", id, &scope);
	} else {
		parts = strv_split(path, ":");
		if (!parts)
			return err_oom(err);
		if (strv_length(parts) != 3 || !*parts[2])
			return err_set(err, ERR_INVALID, EINVAL,
				       "the cgroup path '%s' is not SLICE:PREFIX:NAME, as the "
				       "systemd cgroup manager needs it",
				       path);
		r = unit_name_make(parts[1], parts[2], &scope);
	}
	if (r < 0)
		return err_sys(err, r, "create a scope's name of '%s'", path ? path : id);
	if (parts && *parts[0]) {
		if (!unit_name_is_valid(parts[0], ".slice"))
			return err_set(err, ERR_INVALID, EINVAL, "bad slice '%s' in '%s'", parts[0],
				       path);
		slice = strdup(parts[0]);
		if (!slice)
			return err_oom(err);
	}
	*ret_slice = TAKE_PTR(slice);
	*ret_scope = TAKE_PTR(scope);
	return 0;
}
