/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes the files below a path into an archive, in a worker that is confined (pack.c). */

#include "files/pack.h"

/* `root`: "/" of the place. */
int packer_run(const struct pack *pack, int root, struct masu_error *err);
