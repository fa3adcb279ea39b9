/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Volumes as users see them. volume-dir.h says how they are stored. A volume is in use while a
 * container on record mounts it, also one that does not run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "oci/map.h"

struct volume {
	char *name;
	char *mountpoint;   /* absolute */
	int64_t created_ns; /* 0 where the file system does not record it */
	struct oci_map labels;
	bool anonymous; /* named by an id: created for a container, or without a name */
};
void volume_done(struct volume *v);
#define _cleanup_volume_ _cleanup_(volume_done)

struct volume_list {
	struct volume *item;
	size_t n;
};
void volume_list_done(struct volume_list *l);
#define _cleanup_volume_list_ _cleanup_(volume_list_done)

enum volume_choice { VOLUME_ANY, VOLUME_YES, VOLUME_NO };

/* Which volumes: those that all of this holds for. Zeroed: all. */
struct volume_filter {
	char *const *labels;	 /* each KEY or KEY=VALUE; it has all of them ... */
	char *const *not_labels; /* ... and none of these */
	char *const *names;	 /* its name contains one of them */
	int64_t until_ns;	 /* created before; 0: any */
	enum volume_choice unused, anonymous;
};

/*
 * Creates a volume named `name`, or by a new id when that is NULL. EEXIST (ERR_CONFLICT) when it
 * exists; with `ignore` it is accepted, and its labels stay. The first container that mounts it
 * fills it from its image unless it has files by then.
 */
int volume_create(struct engine *e, const char *name, const struct oci_map *labels, bool ignore,
		  char **ret_name, struct err *err);

/* Sorted by name. */
int volume_list(struct engine *e, const struct volume_filter *filter, struct volume_list *ret,
		struct err *err);

/* ENOENT when it does not exist. */
int volume_get(struct engine *e, const char *name, struct volume *ret, struct err *err);

/*
 * Removes a volume. ENOENT; EBUSY (ERR_CONFLICT) when it is in use. With `force` the containers that
 * use it are removed first, running or not, and a missing volume is accepted.
 */
int volume_remove(struct engine *e, const char *name, bool force, struct err *err);

/* Removes the unused volumes that pass the filter. *ret_names: those that were removed. */
int volume_prune(struct engine *e, const struct volume_filter *filter, char ***ret_names,
		 struct err *err);
