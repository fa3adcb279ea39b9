/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Removing directories that belong to a user namespace. A directory is first renamed, so it vanishes at once and whole.
 * Then it is removed by root of the namespace that its files belong to. One such child removes everything that was
 * collected, as creating the namespace costs more than removing most layers.
 */

#include "base/err.h"

struct idmap;

#define TRASH_PREFIX ".trash-"

/* Renames `name` and adds its new name to `trash`. 1, or 0 if it does not exist, or -errno. */
int trash_add(int dirfd, const char *name, char ***trash);

/* Removes these names. It continues after a failure, and returns the first one. */
int trash_remove(int dirfd, const struct idmap *map, char **trash, struct masu_error *err);
