/* SPDX-License-Identifier: Apache-2.0 */

/* How much a container may use: the options for its cgroup, and --ulimit. */

#include "engine/draft.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cpulist.h"
#include "base/str.h"
#include "base/strv.h"

#define CPU_PERIOD_US	 100000
#define NOFILE_MAX	 1048576
#define MEMORY_LIMIT_MIN (512u << 10) /* under it not even a small init comes up */

static int parse_memory(const char *option, const char *text, int64_t *ret, struct err *err)
{
	uint64_t n;

	if (str_to_size(text, &n) < 0 || n == 0 || n > INT64_MAX) {
		(void)err_set(err, ERR_INVALID, EINVAL, "--%s '%s' is no size", option, text);
		return err_hint(err, SIZE_HINT);
	}
	if (n < MEMORY_LIMIT_MIN)
		return err_set(err, ERR_INVALID, EINVAL, "--%s '%s' is too small to start anything",
			       option, text);
	*ret = (int64_t)n;
	return 0;
}

/* --memory-swap counts both together; without it as much swap as memory, as elsewhere. */
static int memory_limits(struct oci_memory *m, const struct request *q, struct err *err)
{
	int r = q->memory ? parse_memory("memory", q->memory, &m->limit, err) : 0;

	if (r == 0 && q->memory_reservation)
		r = parse_memory("memory-reservation", q->memory_reservation, &m->reservation, err);
	if (r == 0 && m->limit > 0 && m->reservation > m->limit)
		r = err_set(err, ERR_INVALID, EINVAL,
			    "--memory-reservation '%s' is over --memory '%s'",
			    q->memory_reservation, q->memory);
	if (r < 0 || !q->memory_swap)
		return r;
	if (!m->limit)
		return err_set(err, ERR_INVALID, EINVAL, "--memory-swap needs --memory beside it");
	if (streq(q->memory_swap, "-1")) {
		m->swap = -1;
		return 0;
	}
	r = parse_memory("memory-swap", q->memory_swap, &m->swap, err);
	if (r == 0 && m->swap < m->limit)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--memory-swap is memory and swap together: '%s' is less than "
			       "--memory '%s'",
			       q->memory_swap, q->memory);
	return r;
}

static int parse_cpus(const char *text, struct oci_cpu *cpu, struct err *err)
{
	uint64_t billionths;

	if (str_to_billionths(text, &billionths) < 0 ||
	    billionths / (1000000000 / CPU_PERIOD_US) < 1000 || billionths > UINT64_C(1) << 50)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--cpus '%s' is no number of processors (0.01 or more)", text);
	cpu->quota = (int64_t)(billionths / (1000000000 / CPU_PERIOD_US));
	cpu->period = CPU_PERIOD_US;
	return 0;
}

/* "0-3,7": whether the machine has them is for the kernel to say. */
static int parse_set(const char *option, const char *text, char **ret, struct err *err)
{
	if (cpulist_parse(text, NULL) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "--%s '%s' is no list like 0-2,4", option,
			       text);
	*ret = strdup(text);
	return *ret ? 0 : err_sys(err, ENOMEM, "read the limits");
}

static int cpu_limits(struct oci_cpu *cpu, const struct request *q, struct err *err)
{
	int r = q->cpus ? parse_cpus(q->cpus, cpu, err) : 0;

	if (r == 0 && q->cpu_shares &&
	    (str_to_uint64(q->cpu_shares, 262144, &cpu->shares) < 0 || cpu->shares < 2))
		r = err_set(err, ERR_INVALID, EINVAL,
			    "--cpu-shares '%s' is no number from 2 to 262144", q->cpu_shares);
	if (r == 0 && q->cpuset_cpus)
		r = parse_set("cpuset-cpus", q->cpuset_cpus, &cpu->cpus, err);
	if (r == 0 && q->cpuset_mems)
		r = parse_set("cpuset-mems", q->cpuset_mems, &cpu->mems, err);
	return r;
}

static int pids_limit(struct oci_resources *resources, const char *text, struct err *err)
{
	int64_t n;

	if (str_to_int64(text, &n) < 0 || n < -1)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--pids-limit '%s' is no number (-1 for no limit)", text);
	resources->has_pids_limit = true;
	resources->pids_limit = n == 0 ? -1 : n;
	return 0;
}

static int parse_limit(const char *text, uint64_t *ret)
{
	if (streq(text, "-1") || streq(text, "unlimited")) {
		*ret = RLIMIT_UNLIMITED;
		return 0;
	}
	return str_to_uint64(text, UINT64_MAX - 1, ret);
}

/* "nofile=1024[:2048]" */
static int ulimit(struct oci_process *p, const char *text, struct err *err)
{
	_cleanup_strv_ char **parts = strv_split(text, "=:");
	struct rlimit_setting limit;
	size_t n = strv_length(parts);

	if (!parts)
		return err_sys(err, ENOMEM, "read the limits");
	limit.resource = n > 1 ? rlimit_number(parts[0]) : -EINVAL;
	if (limit.resource < 0 || n > 3 || parse_limit(parts[1], &limit.soft) < 0 ||
	    parse_limit(parts[n == 3 ? 2 : 1], &limit.hard) < 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "--ulimit '%s' is no limit", text);
		return err_hint(err, "NAME=SOFT[:HARD], like nofile=1024:2048");
	}
	if (limit.soft > limit.hard)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--ulimit '%s': the soft limit is over the hard one", text);
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

static int oom_score(struct oci_process *p, const char *text, struct err *err)
{
	int64_t n;

	if (str_to_int64(text, &n) < 0 || n < -1000 || n > 1000)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--oom-score-adj '%s' is no number from -1000 to 1000", text);
	p->has_oom_score_adj = true;
	p->oom_score_adj = (int)n;
	return 0;
}

int draft_limits(struct draft *d, const struct request *q, struct err *err)
{
	struct oci_resources *resources = &d->spec->resources;
	int r = memory_limits(&resources->memory, q, err);

	if (r == 0)
		r = cpu_limits(&resources->cpu, q, err);
	if (r == 0 && q->pids_limit)
		r = pids_limit(resources, q->pids_limit, err);
	if (r == 0 && q->oom_score_adj)
		r = oom_score(d->spec->process, q->oom_score_adj, err);
	if (r == 0 && default_ulimits(d->spec->process) < 0)
		r = err_sys(err, ENOMEM, "read the limits");
	STRV_FOREACH(text, q->ulimits)
		if (r == 0)
			r = ulimit(d->spec->process, *text, err);
	return r;
}
