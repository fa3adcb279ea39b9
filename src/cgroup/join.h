/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a process that joins a running container is put. */

#include "cgroup/cgroup.h"

/*
 * The groups in which `pid` is, for what joins it: as cgroup_open(), where the groups that were made for
 * the container are gone, since its init was moved out of them.
 */
int cgroup_open_present(pid_t pid, enum cgroup_flags flags, struct cgroup **ret,
			struct masu_error *err);

/*
 * Opens the container's group, or the one below it that `subs` (or NULL) names, for clone3(2) to put
 * the process there at its birth. -1 in *ret where the container has no group of cgroup v2.
 */
int cgroup_open_join(const struct cgroup *cg, char *const *subs, int *ret, struct masu_error *err);

/*
 * The same for the group in which `pid`, a process of the container's, is: where the container has
 * divided its own group, that one takes no processes any more (EBUSY).
 */
int cgroup_open_beside(const struct cgroup *cg, pid_t pid, int *ret, struct masu_error *err);

/*
 * Has systemd move `pid`, a child of the caller's that is in no such group, to where cgroup_open_join()
 * and cgroup_open_beside() lead: for an ordinary user whose own group is a login session's, out of which
 * she may not move it. For a container in a scope.
 */
int cgroup_fetch(const struct cgroup *cg, char *const *subs, pid_t init, pid_t pid,
		 struct masu_error *err);

/*
 * Moves the caller into the container's groups of cgroup v1, in which no process can be born, or into those
 * below them that `subs` (or NULL) names: "[CONTROLLER,...:]PATH". 0 if it has none.
 */
int cgroup_join(const struct cgroup *cg, char *const *subs, struct masu_error *err);
