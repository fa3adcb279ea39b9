/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cgroup of a container, held by descriptors, and all operations on it during the container's
 * life. cgroup/manager.h creates it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The engine splits a scope into two groups: monitor/ for masu's helpers, outside the limits, and
 * container/. If it is not split, the container is in the scope's own group, or in a named group
 * below it, and `monitor_fd` is -1. A group that masu creates by mkdir is never split: it holds the
 * container alone. Without any cgroup `path` is NULL and all descriptors are -1.
 *
 * On a host with cgroup v1 the container has groups in the hierarchies of `v1`, which hold its
 * limits. If the v2 hierarchy is mounted beside them, with few or no controllers, the container has
 * the groups above as well.
 */
enum cgroup_flags {
	CGROUP_SPLIT = 1 << 0,	/* monitor/ and container/ */
	CGROUP_SYSTEM = 1 << 1, /* created by root */
	CGROUP_OWN = 1 << 2,	/* created by mkdir, not by systemd: masu removes it */
	CGROUP_UNIT =
		1 << 3, /* within a unit of the user's: the scope's group below is that unit's */
};

struct cgroup_group {
	char *names; /* of the hierarchy: "cpu,cpuacct", "name=systemd" */
	char *path;  /* from its root */
	int fd;
};

struct cgroup {
	const struct cgroup_ops *ops;
	char *path;   /* of the scope, from the root of the hierarchy: "/user.slice/..." */
	char *sub;    /* the name of the container's group in it, or NULL */
	char *record; /* by which cgroup_open() finds it again */
	enum cgroup_flags flags;
	int scope_fd;
	int container_fd;
	int monitor_fd;
	struct cgroup_group *v1;
	size_t n_v1;
};

#define CGROUP_SUB_MARK "/./" /* in a record, between the scope and the container's group in it */

/* The name of the container's group below the scope; "" if that is the scope's own group. */
const char *cgroup_container_group(const struct cgroup *cg);

void cgroup_free(struct cgroup *cg);
DEFINE_FREEP(cgroup)
#define _cleanup_cgroup_ _cleanup_(cgroup_freep)

/*
 * Opens the groups of a record: "PATH" in the v2 hierarchy, or "PATH/./NAME" with the container in a
 * group below the scope's; with v1, a line "HIERARCHY:PATH" for each group. -ENOENT (ERR_NOT_FOUND)
 * if all groups are gone.
 */
int cgroup_open(const char *record, enum cgroup_flags flags, struct cgroup **ret,
		struct masu_error *err);

/* Moves a process. -ESRCH if it is gone; -EACCES if its present group is not delegated. */
int cgroup_move(int cgroup_fd, pid_t pid);

/*
 * Moves a helper to monitor/, so that the container's limits and cgroup_kill() do not apply to it. 0 if
 * no such group exists.
 */
int cgroup_move_monitor(const struct cgroup *cg, pid_t pid, struct masu_error *err);

/*
 * Sends SIGKILL to all processes of the container, even if they fork meanwhile. A frozen container dies
 * too; on v1 it is thawed for that.
 */
int cgroup_kill(const struct cgroup *cg, struct masu_error *err);

/* Does any of the container's groups exist? Others may have their names. */
bool cgroup_exists(const struct cgroup *cg);

/* Thaws a frozen container if killed processes cannot die in it: on v1. */
void cgroup_let_die(const struct cgroup *cg);

/*
 * Sends a signal to each process of the container, and to no process that has left its groups. The
 * first failure is the error.
 */
int cgroup_signal(const struct cgroup *cg, int signal, struct masu_error *err);

/*
 * Freezes or thaws all processes and waits for the result. After -ETIMEDOUT the container runs.
 * ERR_UNSUPPORTED without a cgroup.
 */
int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct masu_error *err);

/* Is it frozen? 1, 0 or -errno. */
int cgroup_is_frozen(const struct cgroup *cg);

/*
 * The directory below /sys/fs/cgroup of the group that freezes the container, for another program. NULL
 * in *ret if no such group exists. 0 or -errno.
 */
int cgroup_freezer_path(const struct cgroup *cg, char **ret);

/* Has the container, or any group below, processes? 1, 0 or -errno. */
int cgroup_is_populated(const struct cgroup *cg);

/* The pids in the container's group and all groups below it, as an array that the caller frees. */
int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct masu_error *err);

/*
 * The number of processes that the OOM killer killed. -ENOENT or -ENODEV if the group is gone: systemd
 * removes a scope with its last process, so a supervisor in monitor/ keeps it.
 */
int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret);

/* The group whose memory.events or memory.oom_control has that number, for another process; or -1. */
int cgroup_memory_fd(const struct cgroup *cg);

/* A number is CGROUP_UNKNOWN if its controller is missing. */
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
int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err);

/*
 * All numbers, as the JSON that runc's `events` prints, which engines and collectors read (libcontainer's
 * types.Stats). A number that the host does not have is omitted.
 */
struct json_object;
int cgroup_metrics(const struct cgroup *cg, struct json_object **ret, struct masu_error *err);

/*
 * Removes the group of a record if it is a single group of v2 that masu created, and empty, as after most
 * containers. Returns false for any other record.
 */
bool cgroup_remove_empty(const char *record, enum cgroup_flags flags);

/*
 * Removes the container's groups and all below, waiting up to two seconds for the last process to be
 * reaped; -EBUSY after that. systemd removes the scope itself with its last process; a group that masu
 * created is removed here.
 */
int cgroup_remove(const struct cgroup *cg, struct masu_error *err);
