/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include "base/cpulist.h"
#include "cgroup/limits.h"

#define CPU_PERIOD_MIN 1000
#define CPU_PERIOD_MAX 1000000
#define CPU_QUOTA_MIN  1000

bool cgroup_limits_any(const struct oci_resources *limits)
{
	const struct oci_memory *m = &limits->memory;
	const struct oci_cpu *c = &limits->cpu;
	const struct oci_block_io *io = &limits->block_io;
	size_t throttles = 0;

	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		throttles += io->throttle[i].n;
	return m->limit || m->swap || m->reservation || m->kernel || m->kernel_tcp ||
	       m->has_swappiness || m->disable_oom_killer || c->shares || c->quota || c->period ||
	       c->burst || c->realtime_runtime || c->realtime_period || (c->cpus && *c->cpus) ||
	       (c->mems && *c->mems) || c->has_idle ||
	       (limits->has_pids_limit && limits->pids_limit >= 0) || io->weight ||
	       io->leaf_weight || io->n_weights || throttles || limits->n_hugepages ||
	       limits->class_id || limits->n_priorities || limits->n_rdma || limits->unified.n > 0;
}

static int bad(struct err *err, const char *what, int64_t value, const char *why)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s of %" PRId64 " %s", what, value, why);
}

/*
 * A limit of kernel memory apart has gone from Linux, where kernel memory is a part of all memory:
 * one that is no tighter than the limit of that holds by itself.
 */
static int check_kernel_memory(const struct oci_memory *m, struct err *err)
{
	if (m->kernel <= 0 || (m->limit > 0 && m->kernel >= m->limit))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "linux.resources.memory.kernel of %" PRId64
		       ": Linux limits kernel memory only together with all memory (memory.limit)",
		       m->kernel);
}

static int check_memory(const struct oci_memory *m, struct err *err)
{
	if (m->limit < -1)
		return bad(err, "a memory limit", m->limit, "is no number of bytes, nor -1");
	if (m->reservation < -1)
		return bad(err, "a memory reservation", m->reservation, "is no number of bytes");
	if (m->swap < -1)
		return bad(err, "a limit of memory and swap", m->swap, "is no number, nor -1");
	if (m->swap > 0 && m->limit <= 0)
		return bad(err, "a limit of memory and swap", m->swap, "needs a memory limit too");
	if (m->swap > 0 && m->swap < m->limit)
		return bad(err, "a limit of memory and swap", m->swap,
			   "is below the memory limit; it counts both together");
	return check_kernel_memory(m, err);
}

static int check_cpu(const struct oci_cpu *c, struct err *err)
{
	uint64_t period = c->period ? c->period : CGROUP_CPU_PERIOD_DEFAULT;

	if (c->shares && (c->shares < CGROUP_SHARES_MIN || c->shares > CGROUP_SHARES_MAX))
		return err_set(err, ERR_INVALID, EINVAL,
			       "cpu shares of %" PRIu64 " are not %d to %d", c->shares,
			       CGROUP_SHARES_MIN, CGROUP_SHARES_MAX);
	if (c->quota < -1 || (c->quota > 0 && c->quota < CPU_QUOTA_MIN))
		return bad(err, "a cpu quota", c->quota, "is below 1000 microseconds");
	if (period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a cpu period of %" PRIu64 " is not %d to %d microseconds", period,
			       CPU_PERIOD_MIN, CPU_PERIOD_MAX);
	if (c->quota > 0 && (uint64_t)c->quota > period * CPULIST_MAX)
		return bad(err, "a cpu quota", c->quota, "is more processors than there can be");
	if (c->burst && (c->quota <= 0 || c->burst > (uint64_t)c->quota))
		return err_set(err, ERR_INVALID, EINVAL,
			       "a cpu burst of %" PRIu64 " needs a quota at least as large",
			       c->burst);
	if (c->has_idle && c->idle != 0 && c->idle != 1)
		return bad(err, "cpu idle", c->idle, "is neither 0 nor 1");
	return 0;
}

static int check_cpuset(const struct oci_cpu *c, struct err *err)
{
	const struct {
		const char *name, *list;
	} sets[] = {{"cpuset.cpus", c->cpus}, {"cpuset.mems", c->mems}};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (sets[i].list && *sets[i].list && cpulist_parse(sets[i].list, NULL) < 0)
			return err_set(err, ERR_INVALID, EINVAL, "%s '%s' is no list like 0-3,7",
				       sets[i].name, sets[i].list);
	return 0;
}

int cgroup_limits_check(const struct oci_resources *limits, struct err *err)
{
	int r = check_memory(&limits->memory, err);

	if (r == 0)
		r = check_cpu(&limits->cpu, err);
	return r == 0 ? check_cpuset(&limits->cpu, err) : r;
}
