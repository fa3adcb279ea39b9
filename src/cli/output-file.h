/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file that a command writes. It gets its name, or replaces an older file, only when it is complete, so a failure or a
 * kill leaves nothing. If the file system has no files without names, or the directory is closed to the caller, it is
 * written in its place, and removed after a failure. Devices and pipes are written as they are.
 */

#include "base/err.h"

/* Calls `fn` to write the file `path`, and then gives it its name. */
int output_file_write(const char *path, int (*fn)(void *arg, int fd, struct masu_error *err),
		      void *arg, struct masu_error *err);
