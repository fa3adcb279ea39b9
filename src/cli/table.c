/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define GAP 3

void table_done(struct table *t)
{
	strv_free(t->cells);
	t->cells = NULL;
}

void table_add(struct table *t, const char *format, ...)
{
	_cleanup_free_ char *cell = NULL;
	va_list ap;

	va_start(ap, format);
	int r = vasprintf(&cell, format, ap);
	va_end(ap);
	if (r < 0) {
		cell = NULL;
		t->failed = true;
		return;
	}
	/* Names and commands come from images, too: nothing may move the cursor. */
	str_disarm(cell, false);
	t->failed |= strv_push_counted(&t->cells, &t->n, cell) < 0;
}

static int column_width(const struct table *t, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < t->n; i += t->columns)
		width = MAX(width, strlen(t->cells[i]));
	return (int)width;
}

int table_print(const struct table *t, struct masu_error *err)
{
	if (t->failed)
		return err_oom(err);
	_cleanup_free_ int *widths = calloc(t->columns, sizeof(int));

	for (size_t i = 0; widths && i < t->columns; i++)
		widths[i] = column_width(t, i);
	for (size_t i = 0; i < t->n; i++) {
		if (i % t->columns == t->columns - 1)
			(void)puts(t->cells[i]);
		else
			(void)printf("%-*s%*s", widths ? widths[i % t->columns] : 0, t->cells[i],
				     GAP, "");
	}
	return 0;
}
