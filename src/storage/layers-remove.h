/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the two files about layers share. */

#include <stdbool.h>

#include "storage/layers.h"

#define LAYERS_STAGING_PREFIX ".tmp-"
#define LAYERS_TRASH_PREFIX   ".trash-"
#define LAYERS_LOCK_SUFFIX    ".lock"

/* 64 lower-case hexadecimal digits? */
bool layers_is_hex(const char *s);

/* Removes a directory of DATA/layers by its name, by way of the trash. 0 also when it isn't there. */
int layers_remove_name(int dirfd, const struct idmap *map, const char *name, struct err *err);
