/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The texts of passwd(5) and group(5), of the host and of images. They are only split, and nothing is loaded (NSS): an
 * image may have written them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_FILE_MAX (10U << 20)

/*
 * Calls `match` for each line with at least `n_fields` (at most 8) fields separated by ':', split in place. Returns its first
 * result that is not 0, else 0.
 */
int id_file_find(char *text, size_t n_fields, int (*match)(char **fields, void *arg), void *arg);

/* An id in a field. 0 or -EINVAL. */
int id_file_number(const char *field, uint32_t *ret);

/* Is the name in a list "a,b,c", which is split in place? */
bool id_file_lists(char *members, const char *name);

/* A user or group as a caller gives it: 1 for a number, 0 for a name, -EINVAL. */
int id_parse(const char *text, uint32_t *ret);
