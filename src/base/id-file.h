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

/*
 * A line of such a file, without a newline, is an entry. The first has at least three fields. id_file_has() returns 1 if a
 * line of the text has its name or its number, else 0.
 *
 * id_file_replace() returns 0 if a line has both. Otherwise it returns 1 and a text, which the caller frees, where the entry
 * is the last line and all lines with its name or its number are gone. -ENOMEM. Other lines stay as they are.
 */
int id_file_has(const char *text, const char *entry);
int id_file_replace(const char *text, const char *entry, char **ret, size_t *ret_size);

/* An id in a field. 0 or -EINVAL. */
int id_file_number(const char *field, uint32_t *ret);

/* Is the name in a list "a,b,c", which is split in place? */
bool id_file_lists(char *members, const char *name);

/* A user or group as a caller gives it: 1 for a number, 0 for a name, -EINVAL. */
int id_parse(const char *text, uint32_t *ret);
