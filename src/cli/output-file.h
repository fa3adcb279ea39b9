/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file that a command writes. It gets its name, or replaces an older file, only when it is complete, so a kill leaves
 * nothing. If the file system has no files without names, or the directory is closed to the caller, it is written in its
 * place, and removed after a failure. Devices and pipes are written as they are.
 */

#include <stdbool.h>

#include "base/err.h"

struct output_file {
	int fd;
	char *path;  /* links resolved */
	bool hidden; /* it has no name yet */
	bool kept;   /* a device or a pipe, or finished */
};
#define OUTPUT_FILE_INIT ((struct output_file){.fd = -1})

/* Opens the file. An error names the path. */
int output_file_open(const char *path, struct output_file *ret, struct masu_error *err);

/* Gives the file its name, when all is on disk. */
int output_file_finish(struct output_file *f, struct masu_error *err);

/* Drops a file that was not finished. */
void output_file_done(struct output_file *f);
#define _cleanup_output_file_ _cleanup_(output_file_done)
