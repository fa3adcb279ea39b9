/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The groups of a container in the hierarchies of cgroup v1; cgroup/v1/ops.c joins them with v2's. */

#include "cgroup/group.h"

/*
 * Adds to `cg` the groups of the request: in all mounted hierarchies if it wants them everywhere, else in
 * those that a setting, the device rules, or with `freezer` the freezer need. Nothing is created.
 */
int v1_choose(struct cgroup *cg, const struct cgroup_request *request, bool freezer,
	      struct masu_error *err);

/* Creates them. ERR_CONFLICT if a group has processes or is frozen, or with `exclusive` if it exists. */
int v1_make(struct cgroup *cg, bool exclusive, struct masu_error *err);

/* Adds the group of a record, if it exists. 0 or -errno. */
int v1_open(struct cgroup *cg, const char *names, const char *path);

/* The group that has all processes of the container in it or below it, or -1. */
int v1_holder(const struct cgroup *cg);

/* ERR_UNSUPPORTED, naming a controller that a setting needs and no group of `cg` has. */
int v1_require(const struct cgroup *cg, const struct cgroup_settings *settings,
	       struct masu_error *err);

/* Moves a process into all groups. */
int v1_enter(const struct cgroup *cg, pid_t pid, struct masu_error *err);

/*
 * Moves it on to the group below them that "[CONTROLLER,...:]PATH" names, in the hierarchies of these
 * controllers, or in all that have such a group. ERR_NOT_FOUND if none has.
 */
int v1_enter_below(const struct cgroup *cg, const char *sub, pid_t pid, struct masu_error *err);

/* Removes the groups and all below. 0 or -errno; -EBUSY if processes stay until the timeout. */
int v1_remove(const struct cgroup *cg, int timeout_ms);

/* Freezes or thaws by the freezer's hierarchy. -ENOTSUP without a group in it. */
int v1_freeze(const struct cgroup *cg, bool frozen, int timeout_ms);
int v1_is_frozen(const struct cgroup *cg);

/* An open freezer.state. 1: frozen; 0: thawed; -EAGAIN: in between; or -errno. */
int v1_read_freezer(int fd);

/*
 * Translates limits to v1. On a hybrid host the controllers of `on_v2` (1 << CGROUP_...) are in the v2
 * hierarchy: their limits are translated to v2.
 */
int v1_translate(const struct oci_resources *limits, unsigned on_v2, struct cgroup_settings *ret,
		 struct masu_error *err);

/*
 * Device rules as v1 takes them: a default and its exceptions, of types b and c and with all their access
 * written out (no access: to be left out). The caller frees `rules`. ERR_UNSUPPORTED for rules that v1
 * cannot express.
 */
struct v1_device_list {
	bool allow; /* a device without an exception */
	struct oci_device_rule *rules;
	size_t n;
};
int v1_device_list(const struct oci_device_rule *rules, size_t n, struct v1_device_list *ret,
		   struct masu_error *err);

/* As the members of struct cgroup_ops. */
int v1_set_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
		   struct masu_error *err);
int v1_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err);
int v1_oom_kills(const struct cgroup *cg, uint64_t *ret);
void v1_metrics(const struct cgroup *cg, struct metrics *m);
