/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of init that mounts, in the files bind.c, mounts-cgroup.c and mount-point.c below mounts.c. */

#include "base/str.h"
#include "linux/mount-options.h"
#include "runtime/init/init.h"

/* A mount of config.json. */
struct init_mount {
	const struct oci_mount *spec;
	struct mount_options options;
	int source;	   /* of a bind mount: O_PATH of the file to mount, else -1 ... */
	bool is_cloned;	   /* ... or already a detached mount of it */
	bool is_late;	   /* it is opened inside the network namespace ... */
	dev_t late_device; /* ... and is on this file system */
	const struct overlay_source *overlay; /* its source, mounted when its turn comes, or NULL */
	int to_chown; /* the source if its files are given to the user, else -1 */
	int to_close; /* the mount if init_make_read_only() makes it so, else -1 */
};

static inline bool init_mount_is_type(const struct init_mount *m, const char *type)
{
	return m->spec->type && streq(m->spec->type, type);
}

/*
 * Opens the mount point, created if it is missing. The mount goes there, whatever becomes of its name.
 * ERR_DENIED for a path below /proc.
 */
int init_mount_open_point(const struct init *init, const struct init_mount *m,
			  struct masu_error *err);

/* Is the procfs or sysfs where it was mounted? Masks are applied by name. */
int init_mount_check_kind(const struct init *init, const struct init_mount *m,
			  struct masu_error *err);

/* Opens the part of the source that option subpath names, in place of the source. */
int init_mount_open_subpath(struct init_mount *m, struct masu_error *err);

/* Mounts the overlay that is the source of a bind mount, and opens it. */
int init_mount_overlay(struct init_mount *m, struct masu_error *err);

/* Makes the detached mount of a bind mount, with its attributes. */
int init_mount_clone(struct init_mount *m, struct masu_error *err);

/* Option copy-symlink: copies a source that is a symbolic link. Returns 1 if it was, 0 to mount it. */
int init_mount_copy_link(const struct init *init, const struct init_mount *m,
			 struct masu_error *err);

/* Makes the detached mount of the v2 hierarchy. */
int init_mount_cgroup(const struct init *init, const struct init_mount *m, struct masu_error *err);

/* Does it mean the hierarchies of v1? They are mounted at `point`, in a tmpfs. */
bool init_mount_is_cgroup_v1(const struct init_mount *m);
int init_mount_cgroup_v1(const struct init *init, const struct init_mount *m, int point,
			 struct masu_error *err);
