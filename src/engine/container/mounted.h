/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The mount of a stopped container's files for a user of the host (launcher/mount.c): DATA/containers/ID/root in one mount
 * namespace. The empty file DATA/containers/ID/mounted is written under the container's lock before the mount, and removed after
 * the unmount. With it, the lists of mounts of all processes tell (proc_pid_mountinfo(5)): the mount is gone with the last
 * process of its namespace, and with the machine. A start mounts the same directories, which the kernel leaves undefined
 * for two mounts, so it looks for the file first.
 */

#include <stdbool.h>

#include "engine/container/container.h"

/* Writes or removes the file. The directory is open and locked. */
int mounted_record(const masu_container *c, struct masu_error *err);
void mounted_forget(const masu_container *c);

/* Does the file exist? The directory is open. */
bool mounted_is_recorded(const masu_container *c);

/* Is it mounted in the mount namespace of the caller? The directory is open. */
bool mounted_is_here(const masu_container *c);

/* A process in a mount namespace in which it is mounted, 0, or the -errno of a shortage. The directory is open. */
pid_t mounted_process(const masu_container *c);

/*
 * For an open and locked container: ERR_CONFLICT (EBUSY) if it is mounted anywhere. A file without a meaning is removed.
 * `what` is the operation, like "start".
 */
int mounted_check(const masu_container *c, const char *what, struct masu_error *err);
