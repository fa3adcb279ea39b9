/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Groups that masu makes itself, by mkdir in the v2 hierarchy. */

#include <stdbool.h>

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
 * or that is frozen, is ERR_CONFLICT. ERR_UNSUPPORTED when a group above has processes of its own and so can't give.
 * Returns the group, opened with O_PATH.
 */
int own_make(const char *path, unsigned wanted, unsigned useful, struct masu_error *err);

/* Gives the groups below it the controllers of `set`, as many as can be. */
void own_enable_controllers(int group, unsigned set);

/* Opens (and makes) a group right below another: O_PATH, or -errno. */
int own_open_child(int group, const char *name);
int own_make_child(int group, const char *name);

/* Do its processes, those that it will have too, stand still by its freezer or one above? */
bool own_is_frozen(int group);

/* ERR_CONFLICT: a container would wait there for ever. */
int own_frozen(const char *path, struct masu_error *err);

/* Is there a process in it, or in a group below? 1, 0 or -errno. */
int own_in_use(int group);
