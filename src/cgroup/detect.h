/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which cgroup hierarchies the host has, where a process is in them, and what they can limit. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

enum cgroup_layout {
	CGROUP_LAYOUT_NONE,    /* nothing is mounted at /sys/fs/cgroup */
	CGROUP_LAYOUT_V1,      /* v1 hierarchies alone */
	CGROUP_LAYOUT_HYBRID,  /* v1 hierarchies with the controllers, v2 for processes alone */
	CGROUP_LAYOUT_UNIFIED, /* v2 */
	CGROUP_LAYOUT_MAX
};

/* The order is that of the names in cgroup.controllers' documentation; bit N stands for each. */
enum cgroup_controller {
	CGROUP_CPU,
	CGROUP_CPUSET,
	CGROUP_IO,
	CGROUP_MEMORY,
	CGROUP_PIDS,
	CGROUP_HUGETLB,
	CGROUP_RDMA,
	CGROUP_MISC,
	CGROUP_CONTROLLER_MAX
};

enum cgroup_layout cgroup_layout(void);

/*
 * Does the kernel keep a process in a cgroup namespace from writing the limits of the namespace's root? It does with cgroup v2
 * that is mounted with "nsdelegate", as systemd mounts it.
 */
bool cgroup_namespaces_confine(void);

/* "none", "v1", "hybrid", "v2": for output. */
const char *cgroup_layout_name(enum cgroup_layout layout);

const char *cgroup_controller_name(enum cgroup_controller controller);

/* The v2 path ("0::PATH") in the text of a /proc/PID/cgroup. 0, -ENOENT, -EBADMSG, -ENOMEM. */
int cgroup_path_parse(const char *text, char **ret);

/* The v2 path of a process (0: the caller). 0, -ESRCH, -ENOENT without a v2 hierarchy. */
int cgroup_path_of(pid_t pid, char **ret);

/*
 * The root of the v2 hierarchy: /sys/fs/cgroup, or on a hybrid host its "unified". The descriptor,
 * or -ENOTSUP if it is not mounted.
 */
int cgroup_open_root(void);

/* The set of controllers (1 << CGROUP_...) that a cgroup's own limits can use. 0 or -errno. */
int cgroup_controllers(int cgroup_fd, unsigned *ret);

/* The same of what it gives to the groups below it (cgroup.subtree_control). */
int cgroup_subtree_controllers(int cgroup_fd, unsigned *ret);

/* Parses the text of either file; unknown names are left out. */
unsigned cgroup_controllers_parse(const char *text);

/* The hierarchies that a process is in, on a host with cgroup v1. */
#define HIERARCHIES_MAX 32
struct hierarchy {
	char *names; /* "cpu,cpuacct", "name=systemd"; "" is v2 */
	char *path;  /* of the process's group, from the hierarchy's root */
};
struct hierarchies {
	struct hierarchy item[HIERARCHIES_MAX];
	size_t n;
};
void hierarchies_done(struct hierarchies *h);
#define _cleanup_hierarchies_ _cleanup_(hierarchies_done)

/* The text of a /proc/PID/cgroup. -EBADMSG, -E2BIG, -ENOMEM. */
int hierarchies_parse(const char *text, struct hierarchies *ret);

/* Those that a process (0: the caller) is in, mounted or not. -ESRCH and as above. */
int hierarchies_of(pid_t pid, struct hierarchies *ret);

/* Is the controller, or "name=...", among the names? */
bool hierarchy_has(const char *names, const char *controller);

/* Its directory below /sys/fs/cgroup: "cpu,cpuacct", "systemd", "unified". */
const char *hierarchy_dir(const char *names);

/* Its root, where it is mounted: O_PATH. -ENOENT when it isn't, -errno. */
int hierarchy_open(const char *names);
