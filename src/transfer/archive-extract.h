/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

struct idmap;

/*
 * Writes the regular files of a tar archive (plain, gzip or zstd) below the directory `target`, by a sandboxed child. A
 * symbolic link to one of them becomes another name of it. EBADMSG for hard links and devices, and for names that are
 * absolute, contain "..", or occur twice.
 */
int archive_extract(const struct idmap *map, int input, int target, struct masu_error *err);
