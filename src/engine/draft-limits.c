/* SPDX-License-Identifier: Apache-2.0 */

/* How much a container may use: the limits of its cgroup and of its processes. */

#include "engine/draft.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cpulist.h"
#include "base/str.h"
#include "engine/options.h"

#define CPU_PERIOD_US	 100000
#define NOFILE_MAX	 1048576
#define MEMORY_LIMIT_MIN (512u << 10) /* under it not even a small init comes up */

static int check_memory(const char *what, int64_t n, struct masu_error *err)
{
	if (n == 0 || n >= MEMORY_LIMIT_MIN)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "%s %lld is too small: a container needs %u bytes to start", what,
		       (long long)n, MEMORY_LIMIT_MIN);
}

/* memory_swap counts both together; without it as much swap as memory, as elsewhere. */
static int memory_limits(struct oci_memory *m, const struct masu_create_options *o,
			 struct masu_error *err)
{
	int r = check_memory("memory limit", o->memory, err);

	if (r == 0)
		r = check_memory("memory reservation", o->memory_reservation, err);
	if (r == 0 && o->memory_swap != -1)
		r = check_memory("limit of memory and swap", o->memory_swap, err);
	if (r < 0)
		return r;
	if (o->memory && o->memory_reservation > o->memory)
		return err_set(err, ERR_INVALID, EINVAL,
			       "memory reservation %lld is over the memory limit %lld",
			       (long long)o->memory_reservation, (long long)o->memory);
	if (o->memory_swap && !o->memory)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a limit of memory and swap needs a memory limit");
	if (o->memory_swap > 0 && o->memory_swap < o->memory)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"limit %lld of memory and swap together is under the memory limit %lld",
			(long long)o->memory_swap, (long long)o->memory);
	m->limit = o->memory;
	m->reservation = o->memory_reservation;
	m->swap = o->memory_swap;
	return 0;
}

/* Whether the machine has them is for the kernel to say. */
static int set_list(const char *what, const char *text, char **ret, struct masu_error *err)
{
	if (!text)
		return 0;
	if (cpulist_parse(text, NULL) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid list of %s '%s': write 0-2,4",
			       what, text);
	*ret = strdup(text);
	return *ret ? 0 : err_sys(err, ENOMEM, "read the limits");
}

static int cpu_limits(struct oci_cpu *cpu, const struct masu_create_options *o,
		      struct masu_error *err)
{
	const int64_t unit = 1000000000 / CPU_PERIOD_US;

	if (o->nano_cpus && (o->nano_cpus / unit < 1000 || o->nano_cpus > INT64_C(1) << 50))
		return err_set(err, ERR_INVALID, EINVAL,
			       "a container can have 0.01 processors or more");
	if (o->cpu_shares && (o->cpu_shares < 2 || o->cpu_shares > 262144))
		return err_set(err, ERR_INVALID, EINVAL, "CPU shares must be from 2 to 262144");
	if (o->nano_cpus) {
		cpu->quota = o->nano_cpus / unit;
		cpu->period = CPU_PERIOD_US;
	}
	cpu->shares = o->cpu_shares;
	int r = set_list("processors", o->cpuset_cpus, &cpu->cpus, err);
	return r < 0 ? r : set_list("memory nodes", o->cpuset_mems, &cpu->mems, err);
}

static int add_ulimit(struct oci_process *p, const struct masu_ulimit *given,
		      struct masu_error *err)
{
	struct rlimit_setting limit;
	struct masu_ulimit u;
	int r = options_take(&u, sizeof(u), given, err);

	if (r < 0)
		return r;
	limit = (struct rlimit_setting){.resource = u.name ? rlimit_number(u.name) : -EINVAL,
					.soft = u.soft,
					.hard = u.hard};
	if (limit.resource < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown ulimit '%s'",
			       u.name ? u.name : "");
	if (limit.soft > limit.hard)
		return err_set(err, ERR_INVALID, EINVAL,
			       "ulimit '%s': the soft limit is over the hard one", u.name);
	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (p->rlimits[i].resource != limit.resource)
			continue;
		p->rlimits[i] = limit;
		return 0;
	}
	return oci_process_add_rlimit(p, limit) < 0 ? err_sys(err, ENOMEM, "read the limits") : 0;
}

/* As many open files as the caller could have, which is what servers in containers are used to. */
static int default_ulimits(struct oci_process *p)
{
	struct rlimit own;

	if (getrlimit(RLIMIT_NOFILE, &own) < 0)
		return -errno;
	uint64_t n = MIN((uint64_t)own.rlim_max, NOFILE_MAX);
	return oci_process_add_rlimit(
		p, (struct rlimit_setting){.resource = RLIMIT_NOFILE, .soft = n, .hard = n});
}

int draft_limits(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	struct oci_resources *resources = &d->spec->resources;
	struct oci_process *p = d->spec->process;
	int r = memory_limits(&resources->memory, o, err);

	if (r < 0)
		return r;
	r = cpu_limits(&resources->cpu, o, err);
	if (r < 0)
		return r;
	if (o->pids < -1 || o->oom_score_adj < -1000 || o->oom_score_adj > 1000)
		return err_set(err, ERR_INVALID, EINVAL, "invalid limit of processes or OOM score");
	resources->has_pids_limit = o->pids != 0;
	resources->pids_limit = o->pids;
	p->has_oom_score_adj = o->has_oom_score_adj;
	p->oom_score_adj = o->oom_score_adj;
	if (default_ulimits(p) < 0)
		return err_sys(err, ENOMEM, "read the limits");
	for (const struct masu_ulimit *const *u = o->ulimits; u && *u; u++) {
		r = add_ulimit(p, *u, err);
		if (r < 0)
			return r;
	}
	return 0;
}
