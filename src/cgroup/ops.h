/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two versions of cgroups as back ends of cgroup/cgroup.h and cgroup/manager.h. v2/ is one
 * hierarchy. v1/ has one for each controller and may have v2's beside them (a hybrid host), so it
 * builds upon v2/.
 */

#include "cgroup/cgroup.h"
#include "cgroup/limits.h"
#include "oci/spec.h"

struct cgroup_watch;
struct metrics;

/* The groups to make for a container. */
struct cgroup_request {
	/* From the root of the hierarchy if it begins with a slash, else as struct cgroup_plan says. */
	const char *path;
	bool everywhere; /* v1: a group in each mounted hierarchy, even if no setting needs it */
	bool devices;	 /* v1: a group that can hold device rules */
	const struct cgroup_settings *settings;
};

struct cgroup_ops {
	/* Checks the limits and translates them to files of this version. */
	int (*translate)(const struct oci_resources *limits, struct cgroup_settings *ret,
			 struct masu_error *err);

	/* Stores in `cg` the paths of the groups, which do not exist yet. */
	int (*choose)(struct cgroup *cg, const struct cgroup_request *request,
		      struct masu_error *err);

	/*
	 * Creates them, with the controllers (1 << CGROUP_...) of `wanted`, and of `useful` as far as
	 * possible. ERR_CONFLICT (EBUSY) if a group has processes or is frozen, or with `exclusive` if it exists.
	 */
	int (*make)(struct cgroup *cg, unsigned wanted, unsigned useful, bool exclusive,
		    struct masu_error *err);

	/* Moves a process into the groups that have their limits by now (v1). */
	int (*enter)(const struct cgroup *cg, pid_t pid, struct masu_error *err);

	/* The same for the caller, into the groups below them that `subs` names, if any (v1). */
	int (*join)(const struct cgroup *cg, char *const *subs, struct masu_error *err);

	/* The group that has all processes of the container in it or below it, or -1. */
	int (*holder)(const struct cgroup *cg);

	/* ERR_UNSUPPORTED, naming the controller, if a setting needs one that no group has. */
	int (*require)(const struct cgroup *cg, const struct cgroup_settings *settings,
		       struct masu_error *err);

	/* Replaces the device rules; those that every container has are among them. */
	int (*set_devices)(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
			   struct masu_error *err);

	/* The group that freezes the container, or -1; then as cgroup_freeze(), -ENOTSUP. */
	int (*freezer)(const struct cgroup *cg);
	int (*is_frozen)(const struct cgroup *cg);
	int (*freeze)(const struct cgroup *cg, bool frozen, int timeout_ms);

	/* Thaws the container if killed processes cannot die while it is frozen (v1). */
	void (*let_die)(const struct cgroup *cg);

	int (*stats)(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err);
	int (*oom_kills)(const struct cgroup *cg, uint64_t *ret);
	void (*metrics)(const struct cgroup *cg, struct metrics *m);

	/* The group that has the memory limit, or -1; and for cgroup_watch() its descriptors. */
	int (*memory)(const struct cgroup *cg);
	void (*watch)(struct cgroup_watch *w);

	/* Removes the container's groups and all below. */
	int (*remove)(const struct cgroup *cg);
};

extern const struct cgroup_ops cgroup_v1_ops, cgroup_v2_ops;
