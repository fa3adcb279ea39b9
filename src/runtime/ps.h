/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The table that ps(1) prints with these options (none: -ef), reduced to the title and the lines of
 * these processes, as text that the caller frees. EINVAL if it has no column PID. ps(1) is killed when `cancel_fd`, unless
 * that is -1, is readable.
 */
int ps_table(char *const *options, const pid_t *pids, size_t n, int cancel_fd, char **ret,
	     struct masu_error *err);
