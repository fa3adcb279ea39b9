/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that a box has on the host (engine/box/export.c). containers/ID/exports lists their paths, one a line, each before its
 * file is created. A file belongs to the box only if a line of it is the mark with the id: the user may have replaced it.
 */

#include "engine/container/container.h"

/* The line of the file, allocated; without a newline. */
#define EXPORTS_MARK "X-Masu-Box="
char *exports_mark(const masu_container *c);

/* The paths of the files that exist. 0 or -errno. */
int exports_list(masu_container *c, char ***ret, struct masu_error *err);

/*
 * Creates a file, or replaces that of this box. ERR_CONFLICT (EEXIST) if it is another one. The text has the mark.
 */
int exports_write(masu_container *c, const char *path, const char *text, mode_t mode,
		  struct masu_error *err);

/* Removes such a file. -ENOENT (ERR_NOT_FOUND). */
int exports_remove(masu_container *c, const char *path, struct masu_error *err);

/* Removes all. The directory of the container must be open. A file that cannot be removed stays. */
void exports_remove_all(masu_container *c);
