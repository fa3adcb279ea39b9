/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Deleted files: as the kernel marks them in the upper directory of an overlay with "userxattr", and as the layers of images
 * do (image-spec, layer.md).
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/str.h"

#define WHITEOUT_PREFIX ".wh." /* before the name of the deleted file */
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/* The kernel has another mark for lower layers, which it never writes in an upper directory. */
static inline bool whiteout_is(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* The directory replaces the one below instead of being joined with it. */
static inline bool whiteout_is_opaque(int fd)
{
	char value[2];

	return fgetxattr(fd, "user.overlay.opaque", value, sizeof(value)) == 1 && *value == 'y';
}
