/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The delegated group of the systemd unit that the caller is in, in place of a scope. */

#include "base/err.h"
#include "cgroup/cgroup.h"

/*
 * Finds the group and divides it: monitor/ gets all processes that are in it, the caller among them, and container/ is
 * new and empty. Both have the controllers of `useful` as far as can be. Sets the path and the descriptors of `cg`.
 * ERR_UNSUPPORTED if the unit delegates no group to the caller; ERR_CONFLICT if container/ has processes.
 */
int unit_divide(struct cgroup *cg, unsigned useful, struct masu_error *err);

/*
 * The part of the path of a group that is the group of a unit of its own, for a process of that group or of one right
 * below it: its length, or 0. Slices do not count.
 */
size_t unit_path_length(const char *path);

/* The same part for the user manager that has started the unit, or 0: it is the system's. */
size_t unit_manager_length(const char *path);
