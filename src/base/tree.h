/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Trees of files that someone else controls, handled by descriptors: no link is ever followed. */

/*
 * Copies all that is in the directory `from` into the empty directory `to`, with modes, owners, times and
 * extended attributes, and gives `to` the owner of `from`. Both may be O_PATH. Hard links among the
 * files stay links, and holes stay holes. What is mounted below `from` becomes an empty directory; an
 * owner that this user namespace doesn't have becomes the caller. 0 or -errno: -ELOOP beyond 128
 * levels, -EPERM for a device that may not be made.
 */
int tree_copy(int from, int to);

/*
 * Gives `to` the owner, mode, times and extended attributes of `from`, but those that are about its
 * place in an overlay. Neither is O_PATH. 0 or -errno.
 */
int tree_copy_metadata(int from, int to);
