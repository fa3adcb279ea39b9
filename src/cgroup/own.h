/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Groups of v2 that masu creates by mkdir: for a container, or below the scope that systemd created for it.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"

/*
 * The absolute form of a path, which is from `base` unless it begins with a slash. ERR_INVALID for
 * the root itself, and for a path with ".." or control characters.
 */
int own_resolve(const char *path, const char *base, char **ret, struct masu_error *err);

/*
 * Makes the group at an absolute path, all groups above it giving it the controllers of `wanted`,
 * and those of `useful` as far as can be. One that a crash left is taken; one with processes in it,
 * or that is frozen, is ERR_CONFLICT, and with `exclusive` any one that exists is. ERR_UNSUPPORTED when a group above has
 * processes of its own and so can't give. Returns the group, opened with O_PATH.
 */
int own_make(const char *path, unsigned wanted, unsigned useful, bool exclusive,
	     struct masu_error *err);

/* Opens (and makes, unless it exists) a group right below another: O_PATH, or -errno. */
int own_open_child(int group, const char *name);
int own_make_child(int group, const char *name, bool *ret_made);

/* Do its processes, those that it will have too, stand still by its freezer or one above? */
bool own_is_frozen(int group);

/* ERR_CONFLICT: a container would wait there for ever. */
int own_frozen(const char *path, struct masu_error *err);

/* Is there a process in it, or in a group below? 1, 0 or -errno. */
int own_in_use(int group);

/*
 * Removes an empty group at `path` below the root of its hierarchy, unless another container has a new group there. 0 or
 * -errno.
 */
int own_remove(int group, int root, const char *path);

/* ERR_CONFLICT: the group exists, and so may be another container's, which has no process yet or any more. */
int own_exists(const char *path, struct masu_error *err);

/*
 * Makes the group of the container below the scope's, monitor/ beside it for a split scope, moves
 * `init` (0: it is not born yet) and all other processes into them, and gives both the controllers of `useful`.
 */
int divide_scope(struct cgroup *cg, unsigned useful, pid_t init, struct masu_error *err);

/*
 * Lets a user of the container's shape its group: the directory and those files of it that the kernel
 * means to be given away.
 */
int divide_give(const struct cgroup *cg, uid_t owner, struct masu_error *err);
