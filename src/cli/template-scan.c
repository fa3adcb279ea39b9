/* SPDX-License-Identifier: Apache-2.0 */
/* The place in a template that is being parsed: words, variables in force, and errors. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/template-eval.h"

#define DEPTH_MAX 16
#define EXCERPT	  20 /* characters of the template in an error */

int template_fail(struct template *t, const char *format, ...)
{
	_cleanup_free_ char *reason = NULL;
	va_list ap;

	va_start(ap, format);
	int r = vasprintf(&reason, format, ap);
	va_end(ap);
	if (r < 0) {
		reason = NULL;
		return err_oom(t->err);
	}
	return err_set(t->err, ERR_INVALID, EINVAL, "template, at character %zu (\"%.*s\"): %s",
		       (size_t)(t->at - t->text) + 1, EXCERPT, t->at, reason);
}

int template_enter(struct template *t)
{
	if (t->depth == DEPTH_MAX)
		return template_fail(t, "nested more than %d levels deep", DEPTH_MAX);
	t->depth++;
	return 0;
}

void template_skip_space(struct template *t)
{
	while (isspace((unsigned char)*t->at))
		t->at++;
}

size_t template_identifier(const char *s)
{
	size_t n = 0;

	while (isalpha((unsigned char)s[n]) || s[n] == '_' || (n && isdigit((unsigned char)s[n])))
		n++;
	return n;
}

struct template_variable *template_variable(struct template *t, const char *s, size_t length)
{
	for (size_t i = t->n_variables; i-- > 0;)
		if (t->variables[i].length == length &&
		    memcmp(t->variables[i].name, s, length) == 0)
			return &t->variables[i];
	return NULL;
}
