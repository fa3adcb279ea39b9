/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that decide for root. Where sudo keeps HOME, root finds the configuration of another user, who
 * could turn off the verification of root's registries by it. So root trusts a file only when root alone can
 * write to it and to every directory on the way. Other callers trust what they can read.
 */

#include <stddef.h>

#include "base/err.h"

/* 0, or EPERM with the reason for a file or directory that exists; ENOENT and the like. */
int trusted_file_check(const char *path, struct masu_error *err);

/* file_read() of such a file: EPERM for another. */
int trusted_file_read(const char *path, size_t limit, char **ret, size_t *ret_size,
		      struct masu_error *err);
