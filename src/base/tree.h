/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Trees of files that others control, by descriptors: no link is ever followed. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Copies the contents of the directory `from` into the empty directory `to`, with modes, owners, times and extended
 * attributes, and gives `to` the owner of `from`. Both may be O_PATH. Hard links among the files stay links, and holes
 * stay holes. A mount point below `from` becomes an empty directory. If this user namespace does not map an owner, the
 * file belongs to the caller, as all do without `owners`. 0 or -errno: -ELOOP beyond 128 levels, -EPERM for a device that
 * the caller may not create.
 */
int tree_copy(int from, int to, bool owners);

/*
 * Gives `to` the owner, mode, times and extended attributes of `from`, except those of overlayfs. Neither is O_PATH.
 * 0 or -errno.
 */
int tree_copy_metadata(int from, int to);

/*
 * Gives a file, or a directory and all that is below it on the same file system, to an owner. `fd` may be O_PATH. Files that
 * have the owner are left alone, so an interrupted call can be repeated; the others lose set-id bits and file
 * capabilities. 0 or -errno: -EPERM for a file that the caller may not give away, -ELOOP beyond 512 levels.
 */
int tree_chown(int fd, uid_t uid, gid_t gid);

/*
 * The bytes in the files of a tree, by its name in a directory: a file with several names counts by the share that is in
 * the tree. Other file systems below it are left out. 0 or -errno: -EACCES for a directory that the caller cannot read.
 */
int tree_size(int dirfd, const char *name, uint64_t *ret_bytes);
