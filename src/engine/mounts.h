/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options -v, --mount and --tmpfs. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum mount_kind { MOUNT_BIND, MOUNT_VOLUME, MOUNT_TMPFS, MOUNT_KIND_MAX };
const char *mount_kind_name(enum mount_kind kind); /* "bind" */

struct mount_request {
	enum mount_kind kind;
	char *source; /* bind: an absolute path; volume: its name, NULL for one without */
	char *target; /* absolute, normalized, never "/" */
	bool readonly;
	bool nocopy;	/* volume: a new one stays empty */
	bool copy_up;	/* tmpfs: it begins with what it covers */
	char **options; /* further ones, as a spec's mount has them: "noexec", "size=64m" */
};

struct mount_requests {
	struct mount_request *item;
	size_t n;
};
void mount_requests_done(struct mount_requests *list);
#define _cleanup_mount_requests_ _cleanup_(mount_requests_done)

/*
 * Each appends one. EINVAL, also for a second one at the same target, or ERR_UNSUPPORTED for what
 * other engines know and masu doesn't.
 *
 *	[SOURCE:]TARGET[:OPTION,...]	SOURCE beginning with "/", "./" or "../" is a path
 *	type=bind|volume|tmpfs,src=...,dst=...,...	fields as in csv.h
 *	TARGET[:OPTION,...]		tmpfs
 */
int mounts_add_volume(struct mount_requests *list, const char *text, struct err *err);
int mounts_add_mount(struct mount_requests *list, const char *text, struct err *err);
int mounts_add_tmpfs(struct mount_requests *list, const char *text, struct err *err);

/* A volume without a name at a place where none was added yet. EINVAL: not such a place. */
int mounts_add_missing(struct mount_requests *list, const char *target, struct err *err);
