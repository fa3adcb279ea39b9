/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The hierarchies of a host with cgroup v1, and where a process is in each of them. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

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
