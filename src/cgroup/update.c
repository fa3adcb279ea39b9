/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>

#include "base/path.h"
#include "base/strv.h"
#include "cgroup/manager.h"
#include "cgroup/systemd.h"
#include "systemd/scope.h"

#define FREEZE_TIMEOUT_MS  10000
#define SYSTEMD_TIMEOUT_MS 10000

/*
 * The given values, and those that the kernel or systemd takes only together with them: memory with swap, and
 * quota, period and burst. The texts and lists are borrowed.
 */
static struct oci_resources complete(const struct oci_resources *given,
				     const struct oci_resources *all)
{
	struct oci_resources change = *given;

	if (given->memory.limit || given->memory.swap) {
		change.memory.limit = all->memory.limit;
		change.memory.swap = all->memory.swap;
	}
	if (given->cpu.quota || given->cpu.period || given->cpu.has_burst) {
		change.cpu.quota = all->cpu.quota;
		change.cpu.period = all->cpu.period;
		change.cpu.has_burst = all->cpu.has_burst;
		change.cpu.burst = all->cpu.burst;
	}
	change.memory.check_before_update = all->memory.check_before_update;
	change.n_devices = 0;
	return change;
}

/* memory.checkBeforeUpdate: a new limit must not kill processes, nor may systemd's. */
static int check_usage(const struct cgroup *cg, const struct oci_memory *m, struct masu_error *err)
{
	struct cgroup_stats stats;

	if (!m->check_before_update || m->limit <= 0)
		return 0;
	int r = cgroup_stats(cg, &stats, err);
	if (r < 0 || stats.memory == CGROUP_UNKNOWN || stats.memory <= (uint64_t)m->limit)
		return r;
	return err_set(err, ERR_CONFLICT, EBUSY,
		       "unable to set memory limit to %" PRId64 " (current usage: %" PRIu64 ")",
		       m->limit, stats.memory);
}

static int update_systemd(const struct cgroup *cg, const struct oci_resources *change,
			  struct masu_error *err)
{
	_cleanup_strv_ char **properties = NULL;

	if (cg->flags & (CGROUP_OWN | CGROUP_SPLIT))
		return 0;
	int r = cgroup_limits_properties(change, &properties);
	if (r < 0)
		return err_sys(err, r, "change the limits");
	if (!properties)
		return 0;
	return scope_set(cg->flags & CGROUP_SYSTEM, path_last(cg->path), properties,
			 SYSTEMD_TIMEOUT_MS, err);
}

/* On v1 all devices are denied for a moment: the container is frozen meanwhile. */
static int set_devices(const struct cgroup *cg, const struct oci_resources *given,
		       struct masu_error *err)
{
	bool freeze = cg->n_v1 && cgroup_is_frozen(cg) == 0;
	int r = freeze ? cgroup_freeze(cg, true, FREEZE_TIMEOUT_MS, err) : 0;

	if (r < 0)
		return r;
	r = cgroup_devices_apply(cg, given->devices, given->n_devices, err);
	int thawed = freeze ? cgroup_freeze(cg, false, FREEZE_TIMEOUT_MS, r < 0 ? NULL : err) : 0;
	return r < 0 ? r : thawed;
}

int cgroup_update(const struct cgroup *cg, const struct oci_resources *given,
		  const struct oci_resources *all, struct masu_error *err)
{
	const struct oci_resources change = complete(given, all);
	int r = cgroup_limits_check(all, err);

	if (r < 0)
		return r;
	r = check_usage(cg, &change.memory, err);
	if (r < 0)
		return r;
	r = update_systemd(cg, &change, err);
	if (r < 0)
		return r;
	/* "Unlimited" is a change too, though no limit. */
	if (cgroup_limits_any(&change) || change.has_pids_limit || change.cpu.has_burst) {
		r = cgroup_limits_apply(cg, &change, err);
		if (r < 0)
			return r;
	}
	return given->n_devices ? set_devices(cg, given, err) : 0;
}
