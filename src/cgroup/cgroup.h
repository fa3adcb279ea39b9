/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cgroup of a container, open by descriptors, and what is done with it during the container's
 * life. cgroup/manager.h makes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Split, as the engine wants it, the scope holds two groups: monitor/ for masu's helpers, outside
 * the limits, and container/. Not split, the container is in the scope's own group and
 * `container_fd` is a second descriptor of that; `monitor_fd` is -1. Without any cgroup (no manager,
 * or cgroup v1) `path` is NULL and all descriptors are -1.
 */
enum cgroup_flags {
	CGROUP_SPLIT = 1 << 0,	/* monitor/ and container/ */
	CGROUP_SYSTEM = 1 << 1, /* made by root */
	CGROUP_OWN = 1 << 2,	/* made by mkdir, not by systemd: masu removes it */
};

struct cgroup {
	char *path; /* of the scope, from the root of the hierarchy: "/user.slice/..." */
	enum cgroup_flags flags;
	int scope_fd;
	int container_fd;
	int monitor_fd;
};

struct cgroup *cgroup_new(void);
void cgroup_free(struct cgroup *cg);
static inline void cgroup_freep(struct cgroup **cg)
{
	cgroup_free(*cg);
}
#define _cleanup_cgroup_ _cleanup_(cgroup_freep)

/* Opens again what a record names. -ENOENT (ERR_NOT_FOUND) when it has gone. */
int cgroup_open(const char *path, enum cgroup_flags flags, struct cgroup **ret, struct err *err);

/* Moves a process. -ESRCH when it has gone; -EACCES when it comes from a group not delegated. */
int cgroup_move(int cgroup_fd, pid_t pid);

/*
 * Moves a helper to monitor/, so that the container's limits and its kill do not meet it. 0 when
 * there is no such group.
 */
int cgroup_move_monitor(const struct cgroup *cg, pid_t pid, struct err *err);

/* SIGKILL to all of the container's processes, also those that fork meanwhile. */
int cgroup_kill(const struct cgroup *cg, struct err *err);

/* Sends a signal to each of the container's processes, below included, as far as it can be done. */
int cgroup_signal(const struct cgroup *cg, int signal, struct err *err);

/* Stops or continues all processes and waits until that is so. -ETIMEDOUT. */
int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct err *err);

/* Is it frozen? 1, 0 or -errno. */
int cgroup_is_frozen(const struct cgroup *cg);

/* Has the container, or any group below, processes? 1, 0 or -errno. */
int cgroup_is_populated(const struct cgroup *cg);

/* The pids in the container's group and all below it, as an array that the caller frees. */
int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct err *err);

/*
 * How many of its processes were killed for want of memory. -ENOENT or -ENODEV when the group has
 * gone, as systemd removes a scope with its last process: a supervisor that is in monitor/ keeps it.
 */
int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret);

/* What isn't known, as the controller isn't there, is CGROUP_UNKNOWN. */
#define CGROUP_UNKNOWN	UINT64_MAX
#define CGROUP_NO_LIMIT (UINT64_MAX - 1)
struct cgroup_stats {
	uint64_t cpu_usec, cpu_user_usec, cpu_system_usec, cpu_throttled_usec;
	uint64_t memory, memory_limit, memory_peak, swap;
	uint64_t memory_file; /* page cache that could be dropped: inactive_file */
	uint64_t pids, pids_limit;
	uint64_t io_read, io_written; /* bytes over all devices */
	uint64_t oom_kills;
};
int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct err *err);

/*
 * Removes the container's groups and all below, which must hold no processes any more, waiting a
 * moment for the last to be reaped. The scope itself goes with its last process; a group that
 * masu made itself (cgroupfs) is removed too. -EBUSY.
 */
int cgroup_remove(const struct cgroup *cg, struct err *err);
