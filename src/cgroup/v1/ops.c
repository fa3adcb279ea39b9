/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A container on a host with cgroup v1. On a hybrid host it has a group in the v2 hierarchy as well, by
 * which its processes are known; whatever that group can do better than v1's is left to it.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"
#include "cgroup/watch.h"

#define THAW_TIMEOUT_MS	  2000
#define REMOVE_TIMEOUT_MS 2000

/* The controllers (1 << CGROUP_...) that are in the v2 hierarchy beside v1. */
static unsigned controllers_on_v2(void)
{
	_cleanup_close_ int root = cgroup_open_root();
	unsigned set = 0;

	if (root >= 0)
		(void)cgroup_controllers(root, &set); /* unreadable: as if it had none */
	return set;
}

static int translate(const struct oci_resources *limits, struct cgroup_settings *ret,
		     struct masu_error *err)
{
	return v1_translate(limits, controllers_on_v2(), ret, err);
}

static int choose(struct cgroup *cg, const struct cgroup_request *request, struct masu_error *err)
{
	bool hybrid = cgroup_layout() == CGROUP_LAYOUT_HYBRID;
	/* Without a v2 hierarchy the processes are known by the freezer's. */
	int r = v1_choose(cg, request, !hybrid, err);

	if (r < 0)
		return r;
	r = v1_require(cg, request->settings, err);
	if (r < 0)
		return r;
	if (cg->n_v1 == 0)
		cg->ops = &cgroup_v2_ops;
	return hybrid ? v2_choose(cg, request, err) : 0;
}

static int make(struct cgroup *cg, unsigned wanted, unsigned useful, bool exclusive,
		struct masu_error *err)
{
	int r = v1_make(cg, exclusive, err);

	return r < 0 || !cg->path ? r : v2_make(cg, wanted, useful, exclusive, err);
}

static int join(const struct cgroup *cg, char *const *subs, struct masu_error *err)
{
	int r = v1_enter(cg, 0, err); /* 0: the writer itself */

	if (r < 0)
		return r;
	STRV_FOREACH(sub, subs) {
		r = v1_enter_below(cg, *sub, 0, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int holder(const struct cgroup *cg)
{
	return cg->container_fd >= 0 ? cg->container_fd : v1_holder(cg);
}

/* Beside v1 the program of v2 serves if the controller is in no hierarchy of v1. */
static int set_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
		       struct masu_error *err)
{
	return cg->container_fd >= 0 && cgroup_fd_v1(cg, "devices") < 0
		       ? v2_set_devices(cg, rules, n, err)
		       : v1_set_devices(cg, rules, n, err);
}

static int freezer(const struct cgroup *cg)
{
	int group = cgroup_fd_v1(cg, "freezer");

	return group >= 0 ? group : cg->container_fd;
}

static int is_frozen(const struct cgroup *cg)
{
	int r = v2_is_frozen(cg);

	return r == 0 ? v1_is_frozen(cg) : r;
}

/*
 * By v2 if possible: processes that it has stopped can be killed. Linux before 5.2 has cgroup.freeze
 * in no hierarchy. A container that something else froze on v1 is thawed in both.
 */
static int freeze(const struct cgroup *cg, bool frozen, int timeout_ms)
{
	int r = cg->container_fd < 0 ? -ENOENT : v2_freeze(cg, frozen, timeout_ms);

	if (r == -ENOENT || (!frozen && r == 0 && v1_is_frozen(cg) > 0))
		return v1_freeze(cg, frozen, timeout_ms);
	return r;
}

static void let_die(const struct cgroup *cg)
{
	if (v1_is_frozen(cg) > 0)
		(void)v1_freeze(cg, false, THAW_TIMEOUT_MS); /* the wait for the end will show */
}

static int memory(const struct cgroup *cg)
{
	return cgroup_fd_v1(cg, "memory");
}

/* An eventfd is bound to a file of the memory controller by cgroup.event_control. */
static int bind_eventfd(int group, const char *file, const char *argument)
{
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	_cleanup_close_ int target = openat(group, file, O_RDONLY | O_CLOEXEC);
	char line[64];

	if (event < 0 || target < 0)
		return -errno;
	(void)snprintf(line, sizeof(line), "%d %d %s", event, target, argument);
	int r = file_write_value(group, "cgroup.event_control", line);
	return r < 0 ? r : TAKE_FD(event);
}

static void watch(struct cgroup_watch *w)
{
	int group = w->group;

	cgroup_watch_add(w, bind_eventfd(group, "memory.oom_control", ""), POLLIN, WATCH_OOM);
	cgroup_watch_add(w, bind_eventfd(group, "memory.pressure_level", "medium"), POLLIN,
			 WATCH_PRESSURE);
	cgroup_watch_add(w, bind_eventfd(group, "memory.pressure_level", "critical"), POLLIN,
			 WATCH_PRESSURE_HIGH);
}

static int remove_all(const struct cgroup *cg)
{
	int v2 = v2_remove(cg), v1 = v1_remove(cg, REMOVE_TIMEOUT_MS);

	return v2 < 0 ? v2 : v1;
}

const struct cgroup_ops cgroup_v1_ops = {
	.translate = translate,
	.choose = choose,
	.make = make,
	.enter = v1_enter,
	.join = join,
	.holder = holder,
	.require = v1_require,
	.set_devices = set_devices,
	.freezer = freezer,
	.is_frozen = is_frozen,
	.freeze = freeze,
	.let_die = let_die,
	.stats = v1_stats,
	.oom_kills = v1_oom_kills,
	.metrics = v1_metrics,
	.memory = memory,
	.watch = watch,
	.remove = remove_all,
};
