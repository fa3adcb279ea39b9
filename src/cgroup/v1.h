/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The groups of a container on a host with cgroup v1: one in each hierarchy that it joins. What is
 * in the v2 hierarchy beside them (hybrid) is in struct cgroup as everywhere.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "cgroup/settings.h"
#include "oci/spec.h"

#define CGROUP_V1_FILE_SWAP "memory.memsw.limit_in_bytes"

/*
 * Chooses the groups: at `path`, from the hierarchy's root when it begins with a slash, else from the
 * caller's own group. `everywhere` is in all hierarchies that are mounted, else where a setting
 * needs one, the device filter when that is wanted, and one to know the processes by, unless the v2
 * hierarchy has that. They are in `cg` then, without being there.
 */
struct v1_request {
	const char *path;
	bool everywhere;
	bool devices;
	const struct cgroup_settings *settings;
};
int v1_choose(struct cgroup *cg, const struct v1_request *request, struct err *err);

/* Makes them. A group with processes in it, or that is frozen, is ERR_CONFLICT. */
int v1_make(struct cgroup *cg, struct err *err);

/* Adds the group that a record names, if it is there. 0 or -errno. */
int v1_open(struct cgroup *cg, const char *names, const char *path);

/* The group in the hierarchy of a controller, or -1. */
int v1_group(const struct cgroup *cg, const char *controller);

/* The group to know the processes by: every process of the container is in it. Or -1. */
int v1_holder(const struct cgroup *cg);

/* ERR_UNSUPPORTED naming a controller that no group of `cg` has, and a setting needs. */
int v1_require(const struct cgroup *cg, const struct cgroup_settings *settings, struct err *err);

/* The controllers (1 << CGROUP_...) that are in the v2 hierarchy beside v1. */
unsigned v1_controllers_on_v2(void);

/* Moves a process into all of the groups. */
int v1_enter(const struct cgroup *cg, pid_t pid, struct err *err);

/*
 * Moves it on to the group below them that "[CONTROLLER,...:]PATH" names, in the hierarchies of the
 * controllers, or in all that have it. ERR_NOT_FOUND when none has.
 */
int v1_enter_below(const struct cgroup *cg, const char *sub, pid_t pid, struct err *err);

/* Removes them and what is below. 0 or -errno; -EBUSY when processes stay. */
int v1_remove(const struct cgroup *cg, int timeout_ms);

/* Stops or continues by the freezer's hierarchy. -ENOTSUP when it is in none. */
int v1_freeze(const struct cgroup *cg, bool frozen, int timeout_ms);
int v1_is_frozen(const struct cgroup *cg);

/* Writes the device rules: what none allows is denied. */
int v1_devices(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
	       struct err *err);

/* As cgroup_stats() and cgroup_oom_kills(). */
int v1_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct err *err);
int v1_oom_kills(const struct cgroup *cg, uint64_t *ret);
