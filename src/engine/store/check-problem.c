/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "engine/store/check.h"

void check_add(const struct check *c, const struct check_problem *p, const char *format, ...)
{
	_cleanup_free_ char *message = NULL, *whole = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		message = NULL;
	va_end(args);
	if (message && p->done)
		whole = str_printf("%s: %s", message, p->done);
	findings_add(c->findings, &(struct masu_finding){.id = p->id,
							 .severity = p->done ? MASU_SEVERITY_NOTE
									     : MASU_SEVERITY_ERROR,
							 .object = p->object,
							 .message = p->done ? whole : message,
							 .fix = p->done ? NULL : p->fix});
}
