/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A volume with the options type, device and o: DATA/volumes/.options-NAME, a JSON object. Each container that mounts it
 * makes a mount of its own in place of the volume's directory, so nothing is mounted on the host. The mount is in its spec from
 * its creation on.
 */

#include "engine/engine.h"
#include "oci/map.h"

struct volume_mount {
	bool tmpfs; /* or a bind mount */
	bool readonly;
	char *device;	/* bind: an absolute path */
	char **options; /* as a spec's mount has them */
};
#define _cleanup_volume_mount_ _cleanup_(volume_mount_done)
void volume_mount_done(struct volume_mount *m);

/*
 * Reads the options. ERR_INVALID for an unknown key or word, a missing device, or a path that is not absolute;
 * ERR_UNSUPPORTED for other file systems.
 */
int volume_mount_parse(const struct oci_map *options, struct volume_mount *ret,
		       struct masu_error *err);

/* The options of a volume; none if it has no file. */
int volume_mount_options(int dirfd, const char *name, struct oci_map *ret, struct masu_error *err);
int volume_mount_write(int dirfd, const char *name, const struct oci_map *options,
		       struct masu_error *err);

/* The mount of a volume in a container: 1, or 0 if the volume has none or does not exist. */
int volume_mount_find(const struct masu_engine *e, const char *name, struct volume_mount *ret,
		      struct masu_error *err);
