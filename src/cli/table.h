/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables on stdout: columns as wide as they need to be, three spaces apart. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct table {
	size_t columns;
	char **cells; /* row after row */
	size_t n;     /* their number */
	bool failed;  /* out of memory: a cell is missing */
};

void table_done(struct table *t);
#define _cleanup_table_ _cleanup_(table_done)

/* Adds the next cell; the titles come first. table_print() reports a failure. */
void table_add(struct table *t, const char *format, ...) _printf_(2, 3);

/* -ENOMEM, without output, if a cell could not be added. */
int table_print(const struct table *t, struct masu_error *err);
