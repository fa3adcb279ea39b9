/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/limits.h"

#include <errno.h>
#include <string.h>

#include "base/cpulist.h"

#define CPU_PERIOD_US	 100000
#define MEMORY_LIMIT_MIN (512u << 10) /* under it not even a small init comes up */

static int set_memory(int64_t *limit, int64_t given, const char *what, struct masu_error *err)
{
	if (given == 0)
		return 0;
	if (given != -1 && given < MEMORY_LIMIT_MIN)
		return err_set(err, ERR_INVALID, EINVAL,
			       "%s %lld is too small: a container needs %u bytes to start", what,
			       (long long)given, MEMORY_LIMIT_MIN);
	*limit = given;
	return 0;
}

/* The kernel decides whether the machine has them. */
static int set_list(char **list, const char *given, const char *what, struct masu_error *err)
{
	if (!given)
		return 0;
	if (cpulist_parse(given, NULL) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid list of %s '%s': write 0-2,4",
			       what, given);
	char *copy = strdup(given);
	if (!copy)
		return err_oom(err);
	free(*list);
	*list = copy;
	return 0;
}

static int set_quota(struct oci_cpu *cpu, const struct masu_update_options *o,
		     struct masu_error *err)
{
	const int64_t unit = 1000000000 / CPU_PERIOD_US;

	if (o->nano_cpus && (o->cpu_quota || o->cpu_period))
		return err_set(
			err, ERR_INVALID, EINVAL,
			"a number of processors and a CPU quota or period exclude each other");
	if (o->cpu_quota)
		cpu->quota = o->cpu_quota;
	if (o->cpu_period)
		cpu->period = o->cpu_period;
	if (o->nano_cpus == 0)
		return 0;
	if (o->nano_cpus != -1 && (o->nano_cpus / unit < 1000 || o->nano_cpus > INT64_C(1) << 50))
		return err_set(err, ERR_INVALID, EINVAL,
			       "a container can have 0.01 processors or more");
	cpu->quota = o->nano_cpus == -1 ? -1 : o->nano_cpus / unit;
	cpu->period = CPU_PERIOD_US;
	return 0;
}

static int set_cpu(struct oci_cpu *cpu, const struct masu_update_options *o, struct masu_error *err)
{
	int r = set_quota(cpu, o, err);

	if (r < 0)
		return r;
	if (o->cpu_shares && (o->cpu_shares < 2 || o->cpu_shares > 262144))
		return err_set(err, ERR_INVALID, EINVAL, "CPU shares must be from 2 to 262144");
	if (o->cpu_shares)
		cpu->shares = o->cpu_shares;
	r = set_list(&cpu->cpus, o->cpuset_cpus, "processors", err);
	return r < 0 ? r : set_list(&cpu->mems, o->cpuset_mems, "memory nodes", err);
}

int limits_set(struct oci_resources *r, const struct masu_update_options *o, struct masu_error *err)
{
	if (set_memory(&r->memory.limit, o->memory, "memory limit", err) < 0 ||
	    set_memory(&r->memory.reservation, o->memory_reservation, "memory reservation", err) <
		    0 ||
	    set_memory(&r->memory.swap, o->memory_swap, "limit of memory and swap", err) < 0)
		return -EINVAL;
	int n = set_cpu(&r->cpu, o, err);
	if (n < 0)
		return n;
	if (o->pids < -1)
		return err_set(err, ERR_INVALID, EINVAL, "invalid limit of processes");
	if (o->blkio_weight && (o->blkio_weight < 10 || o->blkio_weight > 1000))
		return err_set(err, ERR_INVALID, EINVAL,
			       "block I/O weight must be from 10 to 1000");
	if (o->blkio_weight)
		r->block_io.weight = o->blkio_weight;
	r->has_pids_limit |= o->pids != 0;
	if (o->pids)
		r->pids_limit = o->pids;
	return 0;
}
