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
 * the limits, and container/. Not split, the container is in the scope's own group, or in one below
 * it that has a name, and `monitor_fd` is -1. Without any cgroup `path` is NULL and all descriptors
 * are -1.
 *
 * On a host with cgroup v1 the container has groups in the hierarchies of `v1`, where its limits
 * are; those of the v2 hierarchy, which then has hardly any controllers, are there if it is mounted.
 */
enum cgroup_flags {
	CGROUP_SPLIT = 1 << 0,	/* monitor/ and container/ */
	CGROUP_SYSTEM = 1 << 1, /* made by root */
	CGROUP_OWN = 1 << 2,	/* made by mkdir, not by systemd: masu removes it */
};

struct cgroup_group {
	char *names; /* of the hierarchy: "cpu,cpuacct", "name=systemd" */
	char *path;  /* from its root */
	int fd;
};

struct cgroup {
	char *path;   /* of the scope, from the root of the hierarchy: "/user.slice/..." */
	char *sub;    /* the name of the container's group in it, or NULL */
	char *record; /* what cgroup_open() finds it again by */
	enum cgroup_flags flags;
	int scope_fd;
	int container_fd;
	int monitor_fd;
	struct cgroup_group *v1;
	size_t n_v1;
};

struct cgroup *cgroup_new(void);
void cgroup_free(struct cgroup *cg);
static inline void cgroup_freep(struct cgroup **cg)
{
	cgroup_free(*cg);
}
#define _cleanup_cgroup_ _cleanup_(cgroup_freep)

/*
 * Opens again what a record names: "PATH" in the v2 hierarchy, or "PATH/./NAME" with the container
 * in a group below the scope's; with v1, a line "HIERARCHY:PATH" for each group. -ENOENT
 * (ERR_NOT_FOUND) when all of it has gone.
 */
int cgroup_open(const char *record, enum cgroup_flags flags, struct cgroup **ret, struct err *err);

/* Sets `record` by what else is there. 0 or -ENOMEM. */
int cgroup_make_record(struct cgroup *cg);

/* Moves a process. -ESRCH when it has gone; -EACCES when it comes from a group not delegated. */
int cgroup_move(int cgroup_fd, pid_t pid);

/*
 * Moves a helper to monitor/, so that the container's limits and its kill do not meet it. 0 when
 * there is no such group.
 */
int cgroup_move_monitor(const struct cgroup *cg, pid_t pid, struct err *err);

/*
 * SIGKILL to all of the container's processes, also those that fork meanwhile. Those of a frozen
 * one die too: where they could not, on v1, it is thawed.
 */
int cgroup_kill(const struct cgroup *cg, struct err *err);

/* Thaws a frozen container where what was killed in it can't die: on v1. */
void cgroup_let_die(const struct cgroup *cg);

/*
 * Sends a signal to each of the container's processes, below included, as far as it can be done, and
 * to no process that isn't in the group any more.
 */
int cgroup_signal(const struct cgroup *cg, int signal, struct err *err);

/*
 * Stops or continues all processes and waits until that is so. -ETIMEDOUT, the container then
 * running. ERR_UNSUPPORTED without a cgroup.
 */
int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct err *err);

/* Is it frozen? 1, 0 or -errno. */
int cgroup_is_frozen(const struct cgroup *cg);

/*
 * The directory of the group that it is frozen by, below /sys/fs/cgroup, for another program. NULL in
 * *ret when there is none. 0 or -errno.
 */
int cgroup_freezer_path(const struct cgroup *cg, char **ret);

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

/* Takes the caller out of monitor/, if masu made it, so that it can be removed. */
void cgroup_leave(const struct cgroup *cg);

/*
 * Removes what a record names if it is one group of v2 that masu made and nothing is in it, as after
 * the end of most containers. False when it is anything else.
 */
bool cgroup_remove_empty(const char *record, enum cgroup_flags flags);

/*
 * Removes the container's groups and all below, which must hold no processes any more, waiting a
 * moment for the last to be reaped. The scope itself goes with its last process; a group that
 * masu made itself (cgroupfs) is removed too. -EBUSY.
 */
int cgroup_remove(const struct cgroup *cg, struct err *err);
