/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Through a cgroup and all groups below it, and through the text of its files. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The pids of all processes, each once. The caller frees the array. 0 or -errno. */
int walk_pids(int cgroup_fd, pid_t **ret, size_t *ret_n);

/* The pids of the group's own processes: as above, but not of those below. */
int walk_own_pids(int cgroup_fd, pid_t **ret, size_t *ret_n);

/* Removes all groups below, deepest first; -EBUSY when one has processes. */
int walk_remove_children(int cgroup_fd);

/* The number in the line "KEY NUMBER"; "max" is UINT64_MAX. -ENODATA, -EBADMSG. */
int walk_find_number(const char *text, const char *key, uint64_t *ret);
