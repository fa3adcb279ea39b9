/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mounts by descriptor: the new mount API (kernel 5.2; mount_setattr 5.12), so that no step between
 * choosing a place and mounting on it resolves a name again. A mount that is made but attached
 * nowhere is undone by closing its descriptor. All return a descriptor, 0, or -errno.
 *
 * Without these calls (ENOSYS) the fallback is mount(2), by the rules of linux/mount-legacy.h: so they are for a
 * container's init, in its own mount namespace.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/compat.h"

struct mount_parameter {
	const char *key;
	const char *value; /* NULL: a flag */
};

/*
 * A new file system of `type` with the parameters and MOUNT_ATTR_* attributes. `source` may be
 * NULL. When the kernel explains a refusal, the error quotes it.
 */
int mount_new(const char *type, const char *source, const struct mount_parameter *parameters,
	      size_t n, uint64_t attributes, struct masu_error *err);

/* Changes the parameters of the file system that is mounted at `fd`. */
int mount_reconfigure(int fd, const struct mount_parameter *parameters, size_t n,
		      struct masu_error *err);

/* A copy of the mount at a descriptor, with all below it when `recursive`. */
int mount_clone(int fd, bool recursive);

/* The same by open_tree(2) or not at all: -ENOSYS. For a caller that shares its mount namespace. */
int mount_clone_detached(int fd, bool recursive);

/*
 * The same for a process in another mount namespace: mounts of that one do not come back by the copy's peers, which are
 * the host's.
 */
int mount_clone_slave(int fd, bool recursive);

/* Attaches a detached mount at `target`, a descriptor (O_PATH) of a place in this namespace. */
int mount_attach(int mount_fd, int target_fd);

/* mount_setattr(2), or -ENOSYS: the next three in one call, for a caller in a shared mount namespace. */
int mount_change(int fd, bool recursive, const struct mount_attr *attributes);

/* Can it change the mounts below as well? False for kernels before 5.12, and in filters without the call. */
bool mount_has_recursive_flags(void);

/* Sets and clears MOUNT_ATTR_* on a mount, and on all below it when `recursive`. */
int mount_set_attributes(int fd, bool recursive, uint64_t set, uint64_t clear);

/* Sets the propagation: one of MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE. */
int mount_set_propagation(int fd, bool recursive, uint64_t propagation);

/*
 * Maps the ids of a mount that is attached nowhere, and of all below it when `recursive`, as the user
 * namespace does. EPERM unless the caller is root of the file system's own user namespace, EINVAL for a
 * file system that cannot be mapped.
 */
int mount_set_idmap(int fd, bool recursive, int userns_fd);

/* Is `fd` on a file system of this magic (statfs(2))? */
bool mount_is_type(int fd, int64_t magic);
