/* SPDX-License-Identifier: Apache-2.0 */

/* How much a container may use: the limits of its cgroup and of its processes. */

#include "engine/draft.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "engine/limits.h"
#include "engine/options.h"

#define NOFILE_MAX 1048576

/* A creation has no earlier limit that -1 could remove. */
static int check_sign(const char *what, int64_t limit, struct masu_error *err)
{
	return limit < 0 ? err_set(err, ERR_INVALID, EINVAL, "invalid limit of %s: %lld", what,
				   (long long)limit)
			 : 0;
}

static int check_together(const struct masu_create_options *o, struct masu_error *err)
{
	if (check_sign("memory", o->memory, err) < 0 ||
	    check_sign("reserved memory", o->memory_reservation, err) < 0 ||
	    check_sign("processors", o->nano_cpus, err) < 0)
		return -EINVAL;
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
	return 0;
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
	const struct masu_update_options limits = {
		.size = sizeof(limits),
		.memory = o->memory,
		.memory_reservation = o->memory_reservation,
		.memory_swap = o->memory_swap,
		.nano_cpus = o->nano_cpus,
		.cpu_shares = o->cpu_shares,
		.cpuset_cpus = o->cpuset_cpus,
		.cpuset_mems = o->cpuset_mems,
		.pids = o->pids,
	};
	struct oci_process *p = d->spec->process;
	int r = limits_set(&d->spec->resources, &limits, err);

	if (r < 0)
		return r;
	r = check_together(o, err);
	if (r < 0)
		return r;
	if (o->oom_score_adj < -1000 || o->oom_score_adj > 1000)
		return err_set(err, ERR_INVALID, EINVAL,
			       "the OOM score must be from -1000 to 1000");
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
