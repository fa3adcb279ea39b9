/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Archives in open files and pipes of the caller: export, cp -, volume export and import. */

#include <sys/types.h>

#include "base/err.h"

/* A masu_write_fn and a masu_read_fn; `fd` is an int *. */
int archive_file_write(void *fd, const void *bytes, size_t size);
ssize_t archive_file_read(void *fd, void *buffer, size_t size);

/* ERR_INVALID if standard output is a terminal. */
int archive_file_refuse_terminal(struct masu_error *err);
