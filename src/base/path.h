/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Paths that others control. Every path inside a rootfs, a volume or a layer is resolved by path_open_in(): links are
 * resolved as if `rootfd` were "/", never beyond it, and magic links of /proc are refused (openat2(2), RESOLVE_IN_ROOT).
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
 * Returns the descriptor or -errno: ENOENT, ELOOP, EXDEV.
 */
int path_open_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve);

/* The same part by part, for path_open_in() on kernels before 5.6, which do not have openat2(2): path-walk.c. */
int path_walk_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve);

/* The $PATH of a process whose environment has none. */
#define SEARCH_PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Is `path` inside rootfd a regular file with any execute permission? Whether a user may execute it, execve(2) decides. 0,
 * -EACCES, or the -errno of path_open_in().
 */
int path_check_executable(int rootfd, const char *path);

/* The attribute of a directory that replaces umask for all that is created in it (acl(5)). */
#define PATH_DEFAULT_ACL "system.posix_acl_default"

/*
 * Creates the missing directories of `path` inside rootfd with `mode`, independent of default ACLs, and opens the last
 * one with O_PATH|O_DIRECTORY. Existing parts may be links that stay inside. The descriptor or -errno.
 */
int path_mkdir_in(int rootfd, const char *path, mode_t mode);

/*
 * Opens `path` inside rootfd with O_PATH. If it does not exist, an empty regular file with exactly this mode is created,
 * with its missing parents (mode 0755). The descriptor or -errno.
 */
int path_touch_in(int rootfd, const char *path, mode_t mode);

/* Creates a directory and its missing parents by name: only for paths of the caller. 0 or -errno. */
int path_mkdir_all(const char *path, mode_t mode);

/* a/b, with one slash in between; b alone if a is empty. NULL when out of memory. */
char *path_join(const char *a, const char *b);

/*
 * The absolute form of a path from the working directory, without resolving it. NULL and errno: ENOENT if that directory
 * was removed, ENOMEM.
 */
char *path_absolute(const char *path);

/* Returns whether it is absolute, without "." and ".." parts, double slashes, and a slash at the end. */
bool path_is_normal(const char *path);

/* The absolute path without ".", ".." and double slashes, as text alone. NULL when out of memory. */
char *path_normalize(const char *path);

/*
 * The next part and its length, without empty parts and "."; NULL at the end. *path moves behind the part and the slashes
 * after it.
 */
const char *path_next_part(const char **path, size_t *ret_length);

/* Is this part ".."? */
static inline bool path_part_is_up(const char *part, size_t length)
{
	return length == 2 && part[0] == '.' && part[1] == '.';
}

/* The last part, after the last slash. */
const char *path_last(const char *path);

/* Is the path the directory or below it? Both are absolute and normal. */
bool path_is_below(const char *path, const char *dir);
