/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one place that clones a container's init: into new namespaces at once, and, when some are to
 * be joined, by way of a child that enters those first.
 */

#include "runtime/init/init.h"

/* Can init of this plan be born without its network namespace? */
bool clone_can_leave_network(const struct container_plan *plan);

/*
 * Clones init, a child of the caller, and returns its pid and a pidfd of it, or -errno. The init runs
 * init_main() with `channel` and never returns here. `other_end` is closed in it. The cgroup becomes -1
 * when the kernel doesn't allow a birth there, and the holder NULL when init is not mapped below it.
 */
pid_t clone_init(const struct container_plan *plan, int channel, int other_end, struct birth *birth,
		 int *ret_pidfd, struct masu_error *err);

/*
 * For a process that has joined namespaces: clones a child of its own parent, which is in the joined pid namespace
 * too. Returns like fork(2), with a pidfd of the child, or -errno.
 */
pid_t clone_sibling(unsigned long flags, int *ret_pidfd);

/* Sends SIGKILL to a cloned process. If it is not the caller's child, only the pidfd is reliable. */
void clone_kill(pid_t pid, int pidfd);

/*
 * Sets process.oomScoreAdj of the caller or its child, before that is closed to others, and before the caller loses
 * the privilege in a new user namespace.
 */
int clone_set_oom_score(const struct oci_process *process, pid_t pid, struct masu_error *err);
