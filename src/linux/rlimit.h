/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Resource limits of a process, by their OCI names ("RLIMIT_NOFILE"). */

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define RLIMIT_UNLIMITED UINT64_MAX

struct rlimit_setting {
	int resource; /* RLIMIT_NOFILE and the like */
	uint64_t soft;
	uint64_t hard;
};

/* "RLIMIT_NOFILE" of a resource, or NULL. */
const char *rlimit_name(int resource);

/* The resource of "RLIMIT_NOFILE" or, as on a command line, "nofile". -EINVAL. */
int rlimit_number(const char *name);

/*
 * Sets the limits of a process, 0 for the caller. EPERM names the limit and says that its hard
 * value is over the caller's.
 */
int rlimit_apply(const struct rlimit_setting *limits, size_t n, struct masu_error *err);
