/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The calls of linux/mount.h by mount(2) alone, for kernels without the new ones. mount(2) makes no detached mounts: a
 * mount is made over a file or directory of procfs that init does not use, and moved from there. It works only in a
 * private mount namespace, before its root changes.
 */

#include "linux/mount.h"

/*
 * The parameters as mount(2) takes them: some as flags, the others as one text with commas between,
 * in which an SELinux context, that has commas of its own, is quoted.
 */
int mount_data_legacy(const struct mount_parameter *parameters, size_t n, char **ret_data,
		      unsigned long *ret_flags);

int mount_new_legacy(const char *type, const char *source, const struct mount_parameter *parameters,
		     size_t n, uint64_t attributes, struct masu_error *err);
int mount_clone_legacy(int fd, bool recursive);
int mount_attach_legacy(int mount_fd, int target_fd);

/* -EOPNOTSUPP when it is to be recursive: mount(2) sets the flags of one mount. */
int mount_set_attributes_legacy(int fd, bool recursive, uint64_t set, uint64_t clear);
int mount_set_propagation_legacy(int fd, bool recursive, uint64_t propagation);
