/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The table that ps(1) prints with these options (none: -ef), reduced to the title and the lines of
 * these processes, as text that the caller frees. EINVAL if it has no column PID.
 */
int ps_table(char *const *options, const pid_t *pids, size_t n, char **ret, struct masu_error *err);
