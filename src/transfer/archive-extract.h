/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

struct idmap;

/*
 * Writes the regular files of a tar (plain, gzip or zstd) below the directory `target`, by a sandboxed
 * child. Symbolic links are left out. EBADMSG for hard links and devices, and for
 * names that are absolute, have "..", or come twice.
 * `path` is for messages.
 */
int archive_extract(const struct idmap *map, int input, int target, const char *path,
		    struct masu_error *err);
