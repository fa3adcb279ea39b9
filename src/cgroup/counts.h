/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers in the files of a group, for statistics: CGROUP_UNKNOWN if a file or key is missing. */

#include <stddef.h>
#include <stdint.h>

/* The longest file that is read: io.stat has a line for each device. */
#define COUNTS_TEXT_MAX 262144

/* The number that is the whole file; "max", or as v1 writes it, is CGROUP_NO_LIMIT. */
uint64_t counts_number(int group, const char *file);

/* The number in the line "KEY NUMBER". */
uint64_t counts_field(int group, const char *file, const char *key);

/* The numbers of several keys. */
void counts_fields(int group, const char *file, const char *const *keys, uint64_t *const *fields,
		   size_t n);
