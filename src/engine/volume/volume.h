/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Volumes: the structs behind the handles of masu.h. volume-dir.h says how they are stored. A volume is in use while a
 * container on record mounts it, running or not.
 */

#include "engine/engine.h"
#include "masu.h"
#include "oci/map.h"

struct masu_volume {
	char *name;
	char *path;	    /* absolute */
	int64_t created_ns; /* 0 where the file system does not record it */
	struct oci_map labels;
	struct oci_map options; /* volume-mount.h */
};
void volume_done(struct masu_volume *v);
#define _cleanup_volume_ _cleanup_(volume_done)

/* Whether the filter holds for the volume. `used`: the names of volumes in use, if the filter asks for that. */
bool volume_passes(const struct masu_volume_filter *f, const struct masu_volume *v,
		   char *const *used);

struct masu_volume_list {
	struct masu_volume *item;
	size_t n;
	uint64_t reclaimed; /* bytes, by a prune */
};
#define _cleanup_volume_list_ _cleanup_(masu_volume_list_freep)

/* The names of the containers that mount the volume, or with NULL of all volumes that containers mount. */
int volume_users(const struct masu_engine *e, const char *name, char ***ret,
		 struct masu_error *err);

/* Removes a volume, or returns in `ret_users` the names of the containers that must be removed before. ERR_NOT_FOUND. */
int volume_remove_unused(masu_engine *e, const char *name, char ***ret_users,
			 struct masu_error *err);
