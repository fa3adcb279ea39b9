/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The mounts that a caller asks for, checked and owned. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "engine/volume/volume-mount.h"
#include "masu.h"

const char *mount_type_name(enum masu_mount_type type); /* "bind" */

struct mount_request {
	enum masu_mount_type type;
	char *source; /* bind: an absolute path; volume: its name, NULL for an anonymous one; image: its name */
	char *target; /* absolute, normalized, never "/" */
	bool readonly;
	bool nocopy;	/* volume: a new one stays empty */
	bool copy_up;	/* tmpfs: it begins with what it covers */
	bool writable;	/* image */
	bool chown;	/* bind, volume */
	bool overlay;	/* bind */
	char **options; /* further ones, as a spec's mount has them: "noexec", "size=64m" */
	char *subpath;	/* volume, image */
	struct volume_mount
		*own_mount;	    /* volume with options: in place of its directory; or NULL */
	char *upper_dir, *work_dir; /* overlay; NULL: in the container's directory */
	char *digest;		    /* image: of its manifest, once it was fetched */
	char **layers; /* image: HEX of its chain ids, bottom first, once it was chosen */
};

struct mount_requests {
	struct mount_request *item;
	size_t n;
};
void mount_requests_done(struct mount_requests *list);
#define _cleanup_mount_requests_ _cleanup_(mount_requests_done)

/*
 * Appends a checked copy; for a pattern, one of each file. ERR_INVALID for a bad path, name or option, and for a second
 * mount at the same target. ERR_NOT_FOUND for a source that does not exist.
 */
int mounts_add(struct mount_requests *list, const struct masu_mount *mount, struct masu_error *err);

/* Appends an anonymous volume, unless something is mounted there already. ERR_INVALID for a bad path. */
int mounts_add_missing(struct mount_requests *list, const char *target, struct masu_error *err);

/* Appends a tmpfs that begins with what it covers, in the same way. */
int mounts_add_missing_tmpfs(struct mount_requests *list, const char *target,
			     struct masu_error *err);

/*
 * Appends a mount of another container, unless something is mounted there already. Of the options, which are those of
 * its spec, the ones that a caller could give are taken.
 */
int mounts_add_inherited(struct mount_requests *list, const struct masu_mount *mount,
			 struct masu_error *err);
