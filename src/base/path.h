/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Resolving paths that someone else controls. All that is named inside a rootfs, a volume or a
 * layer goes through path_open_in(), the one resolver: links resolve as if `rootfd` were "/",
 * never beyond it, and magic links of /proc are refused (openat2(2), RESOLVE_IN_ROOT).
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"

enum path_flags {
	PATH_NO_SYMLINKS = 1 << 0, /* no part may be a link (ELOOP) */
	PATH_NO_XDEV = 1 << 1,	   /* never cross a mount point (EXDEV) */
	PATH_BENEATH = 1 << 2,	   /* leaving rootfd is an error (EXDEV), not clamped to it */
};

/*
 * Opens `path` inside rootfd with open(2) flags (O_CLOEXEC is added) and, with O_CREAT, `mode`.
 * Returns the descriptor or -errno: ENOENT, ELOOP, EXDEV. (By openat2(2), or part by part on kernels
 * before 5.6: path-walk.c.)
 */
int path_open_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve);

/* The attribute of a directory that replaces umask for all that is created in it (acl(5)). */
#define PATH_DEFAULT_ACL "system.posix_acl_default"

/*
 * Makes all missing directories of `path` inside rootfd with `mode`, whatever a default ACL says, one by
 * one, and opens the last with O_PATH|O_DIRECTORY. Existing parts may be links that stay inside. The
 * descriptor or -errno.
 */
int path_mkdir_in(int rootfd, const char *path, mode_t mode);

/*
 * Makes an empty regular file at `path` inside rootfd, with its missing parents (mode 0755), when
 * nothing is there; opens what is there with O_PATH. `mode` is exact. The descriptor or -errno.
 */
int path_touch_in(int rootfd, const char *path, mode_t mode);

/* Makes a directory and its missing parents by name: only for paths of the user's own. 0, -errno. */
int path_mkdir_all(const char *path, mode_t mode);

/* a/b, with one slash between; b alone when a is empty. NULL when out of memory. */
char *path_join(const char *a, const char *b);

/*
 * The absolute form of a user's own path, from the working directory; not resolved. NULL and errno: ENOENT
 * when that directory has gone, ENOMEM.
 */
char *path_absolute(const char *path);

/* Is it absolute, without "." and ".." parts, double slashes and a slash at the end? */
bool path_is_normal(const char *path);

/* The absolute path with ".", ".." and double slashes taken out by text alone. NULL: no memory. */
char *path_normalize(const char *path);

/* The last part: what follows the last slash. */
const char *path_last(const char *path);
