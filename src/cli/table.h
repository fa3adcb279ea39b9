/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables on stdout: columns as wide as they need to be, three spaces apart. */

#include <stddef.h>

#include "base/err.h"

struct table {
	size_t columns;
	char **cells; /* row after row */
	size_t n;     /* their number */
};

void table_done(struct table *t);
#define _cleanup_table_ _cleanup_(table_done)

/* Adds the next cell; the titles come first. 0 or -ENOMEM. */
int table_add(struct table *t, const char *format, ...) _printf_(2, 3);

void table_print(const struct table *t);
