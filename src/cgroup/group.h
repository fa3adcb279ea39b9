/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of struct cgroup that both versions use. */

#include "cgroup/ops.h"

/* Without any group yet. NULL if out of memory. */
struct cgroup *cgroup_new(const struct cgroup_ops *ops);

/* Sets `record` from the groups. 0 or -ENOMEM. */
int cgroup_make_record(struct cgroup *cg);

/* The group of v1 that has this controller, and its descriptor; NULL and -1 if none has. */
struct cgroup_group *cgroup_find_v1(const struct cgroup *cg, const char *controller);
int cgroup_fd_v1(const struct cgroup *cg, const char *controller);

/* The group of v2 that has the limits, or -1. */
int cgroup_limits_group(const struct cgroup *cg);

/* The errors of files in a group that was removed. */
bool cgroup_is_gone(int r);
