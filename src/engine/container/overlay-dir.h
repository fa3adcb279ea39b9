/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories of a container's mounts that are overlays: DATA/containers/ID/overlay-N with "root", where init mounts
 * it, and "upper" and "work" for changes, which last until the next start.
 */

#include "engine/container/record.h"

/* The name of the directory for the mount with this index; the caller frees it. NULL when out of memory. */
char *overlay_dir_name(size_t index);

/* Creates the directories of all mounts that have one, in that of the container. */
int overlay_dirs_make(int dirfd, const struct record *record, struct masu_error *err);
