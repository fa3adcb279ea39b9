/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The container's root by fuse-overlayfs(1), where the kernel's overlay can't be mounted in a user
 * namespace (before 5.11) or not over this file system (NFS, another overlay). It runs in the user
 * and mount namespaces of init but not in its pid namespace, and lives as long as the supervisor.
 *
 * A container with lent ids (linux/lent-ids.h) always has it, to translate between the ids of its processes and of its
 * files. Then init mounts. fuse-overlayfs runs in the caller's mount namespace and in a user namespace with the map of the
 * files. An id has the same number in both user namespaces, and the kernel passes numbers.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/idmap.h"
#include "storage/overlay.h"

struct fuse_overlay {
	pid_t pid;
	int pidfd;
	int said_fd; /* its stderr */
};
#define FUSE_OVERLAY_INIT ((struct fuse_overlay){.pidfd = -1, .said_fd = -1})

/*
 * Starts it to mount at `target` in these namespaces (userns_fd -1: the caller's). ERR_UNAVAILABLE
 * with a hint when it isn't installed, or /dev/fuse can't be opened.
 */
int fuse_overlay_start(const struct overlay *overlay, const char *target, int userns_fd,
		       int mntns_fd, struct fuse_overlay *ret, struct masu_error *err);

/*
 * Starts it for a mount that exists: `fuse_fd` is the open /dev/fuse of it. The files have the map `files`. The errors
 * are the same.
 */
int fuse_overlay_serve(const struct overlay *overlay, const struct idmap *files, int fuse_fd,
		       struct fuse_overlay *ret, struct masu_error *err);

/*
 * Waits until something can be read from `channel`; an error, quoting it, when fuse-overlayfs ends
 * before. Returns at once when none was started.
 */
int fuse_overlay_check(const struct fuse_overlay *fuse, int channel, struct masu_error *err);

/* Kills it, waits for it, and closes the descriptors. */
void fuse_overlay_stop(struct fuse_overlay *fuse);
