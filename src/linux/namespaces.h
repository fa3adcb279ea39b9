/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/idmap.h"

/*
 * Enters the namespaces of a process, by its pidfd (or its directory of /proc, base/pidfd.h). `flags` are CLONE_NEW*. A
 * caller in the user namespace of the process remains there: it cannot enter it again. 0 or -errno; -ESRCH after the
 * end of the process. The caller needs the right to trace it.
 */
int namespaces_enter(int pidfd, int flags);

/*
 * Finds a process in a namespace, as far as the caller may see: `ns` is the file of the namespace, and `file` the name below
 * /proc/PID/ns. Returns 1, 0 without one, or -errno.
 */
int namespaces_find_member(const struct stat *ns, const char *file, pid_t *ret);

/* The map of the user namespace at `path`, which a process in it shows; a path to another file is an error. */
int namespaces_read_map(const char *path, struct idmap *ret, struct masu_error *err);
