/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files about mounts share. */

#include "base/str.h"
#include "linux/mount-options.h"
#include "runtime/init/init.h"

/* A mount of config.json, with what was found out about it before the first one was made. */
struct init_mount {
	const struct oci_mount *spec;
	struct mount_options options;
	int source;	/* of a bind mount: O_PATH of what is to be mounted; else -1 */
	bool is_cloned; /* and is a detached mount of it already */
	int to_close; /* the mount, when it is to become read-only by init_close_mounts(); else -1 */
};

static inline bool init_mount_is_type(const struct init_mount *m, const char *type)
{
	return m->spec->type && streq(m->spec->type, type);
}

/*
 * Opens the place to mount on, made when it is missing: the one that is mounted on, whatever becomes
 * of the name meanwhile. ERR_DENIED for what would lie over /proc.
 */
int init_mount_open_place(const struct init *init, const struct init_mount *m, struct err *err);

/* What is to be masked must be found by its name: is the procfs or sysfs where it was mounted? */
int init_mount_check_kind(const struct init *init, const struct init_mount *m, struct err *err);

/* The detached mount of a bind mount, with its own attributes. */
int init_mount_clone(struct init_mount *m, struct err *err);

/*
 * Makes the link that a source is, for copy-symlink. 1 when that was it, 0 when the source is no
 * link and is to be mounted.
 */
int init_mount_copy_link(const struct init *init, const struct init_mount *m, struct err *err);

/* The detached mount of the v2 hierarchy, made when init is in the container's group. */
int init_mount_cgroup(struct init *init, const struct init_mount *m, struct err *err);

/* Does it stand for the hierarchies of v1? Then they are mounted at `place`, in a tmpfs. */
bool init_mount_is_cgroup_v1(const struct init_mount *m);
int init_mount_cgroup_v1(struct init *init, const struct init_mount *m, int place, struct err *err);
