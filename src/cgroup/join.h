/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The cgroups of a process that joins a running container. */

#include "cgroup/cgroup.h"

/*
 * The present groups of `pid`, for a process that joins it: in place of cgroup_open() if the container's own
 * groups are gone, since its init was moved out of them.
 */
int cgroup_open_present(pid_t pid, enum cgroup_flags flags, struct cgroup **ret,
			struct masu_error *err);

/*
 * Opens the container's group, or the one below it that `subs` (or NULL) names, for clone3(2) to put
 * the process there at its birth. -1 in *ret where the container has no group of cgroup v2.
 */
int cgroup_open_join(const struct cgroup *cg, char *const *subs, int *ret, struct masu_error *err);

/*
 * The same for the group of `pid`, a process of the container: a group that the container has divided takes
 * no processes any more (EBUSY).
 */
int cgroup_open_beside(const struct cgroup *cg, pid_t pid, int *ret, struct masu_error *err);

/*
 * Has systemd move `pid`, a child of the caller, to the group of cgroup_open_join() or cgroup_open_beside():
 * for an ordinary user in a login session, out of whose group only systemd moves a process. For a container
 * in a scope.
 */
int cgroup_fetch(const struct cgroup *cg, char *const *subs, pid_t init, pid_t pid,
		 struct masu_error *err);

/*
 * Moves the caller into the container's groups of cgroup v1, in which no process can be born, or into those
 * below them that `subs` (or NULL) names: "[CONTROLLER,...:]PATH". 0 if it has none.
 */
int cgroup_join(const struct cgroup *cg, char *const *subs, struct masu_error *err);
