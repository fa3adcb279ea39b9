/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Groups below the one that systemd or masu made for a container. */

#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"

/*
 * Makes the group of the container below the scope's, monitor/ beside it for a split scope, moves
 * `init` and all others to where they belong, and gives both the controllers of `useful`.
 */
int divide_scope(struct cgroup *cg, unsigned useful, pid_t init, struct masu_error *err);

/*
 * Lets a user of the container's shape its group: the directory and those files of it that the kernel
 * means to be given away.
 */
int divide_give(const struct cgroup *cg, uid_t owner, struct masu_error *err);
