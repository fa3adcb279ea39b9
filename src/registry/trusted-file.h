/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that control root's security. If sudo keeps HOME, root finds the configuration of another user, who could turn off
 * TLS for root's registries. Therefore root trusts a file only if root alone can write to it and to every directory of its
 * path. Other callers trust all files that they can read.
 */

#include <stddef.h>

#include "base/err.h"

/* 0 if the file is trusted; EPERM with the reason if not; ENOENT, ENOTDIR, EACCES. */
int trusted_file_check(const char *path, struct masu_error *err);

/* file_read() of a trusted file. EPERM for another one. */
int trusted_file_read(const char *path, size_t limit, char **ret, size_t *ret_size,
		      struct masu_error *err);
