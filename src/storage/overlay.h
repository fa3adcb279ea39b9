/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The root of an engine's container: the layers of the image below, the upper directory of the container above, joined by
 * the kernel's overlay inside the container's user and mount namespace. With the option "userxattr", marks of deletion
 * need no privilege (kernel 5.11).
 */

#include <stdbool.h>

#include "base/err.h"

struct overlay {
	char *layers_dir; /* DATA/layers, absolute */
	char **lowers;	  /* names below layers_dir, or absolute; the bottom layer first */
	char *upper;	  /* absolute; NULL: the root is read-only */
	char *work;	  /* absolute, on the same file system as upper */
	bool keeps_owner; /* upper stays its owner's; else it becomes root's */
	bool transient; /* upper is removed with the container: its files need not reach the disk */
};

void overlay_done(struct overlay *overlay);

/*
 * Mounts it at `target` (an absolute directory of masu's own) in the mount namespace of the caller, and changes the
 * working directory. No device node in it works. A single layer without an upper is a read-only bind mount.
 * ERR_UNSUPPORTED if this kernel or file system cannot do it: the caller may then try fuse-overlayfs.
 */
int overlay_mount(const struct overlay *overlay, const char *target, struct masu_error *err);

/* The same for fuse-overlayfs(1): the value of its -o option, with absolute paths. NULL when out of memory. */
char *overlay_fuse_options(const struct overlay *overlay);
