/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/path.h"

/*
 * path_open_in() for kernels without openat2(2): the same arguments and results, part by part. For
 * path.c alone.
 */
int path_walk_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve);
