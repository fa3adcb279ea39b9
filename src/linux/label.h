/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Security labels: the AppArmor profile or the SELinux context that the next execve(2) of this
 * process takes on, and the SELinux context of new file systems. All fail closed: a label that
 * this kernel does not support is an error, and each label is read back.
 */

#include <stdbool.h>

#include "base/err.h"

enum label_kind { LABEL_APPARMOR, LABEL_SELINUX, LABEL_KIND_MAX };

bool label_apparmor_is_enabled(void);
bool label_selinux_is_enabled(void);

/*
 * Opens the file that sets the label, below a descriptor of procfs that was checked to be one: to be
 * done while the host's files are in view. ERR_UNSUPPORTED, naming the member of config.json, where
 * the kernel has no such security module.
 */
int label_open(int proc_fd, enum label_kind kind, struct masu_error *err);

/*
 * Makes the next execve(2) take on the label, and sees that it will. Only for the process that
 * opened `fd`, with the memory that it had then: the kernel takes it from no other.
 */
int label_set(int fd, enum label_kind kind, const char *label, struct masu_error *err);
