/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/print.h"
#include "cli/template.h"

bool format_is_json(const char *format)
{
	return format && streq(format, "json");
}

char *format_template(const char *format, bool *ret_table)
{
	const char *after = format ? str_after(format, "table ") : NULL;
	char *text, *to;

	if (!format || !strstr(format, "{{"))
		return NULL;
	text = to = strdup(after ? after : format);
	*ret_table = after != NULL;
	for (char *s = text; s && *s; s++) {
		bool escape = *s == '\\' && (s[1] == 't' || s[1] == 'n');

		s += escape;
		*to++ = (char)(!escape ? *s : *s == 't' ? '\t' : '\n');
	}
	if (text)
		*to = 0;
	return text;
}

int format_check(const char *format, bool table, struct masu_error *err)
{
	_cleanup_free_ char *template = NULL;
	bool is_table = false;

	if (!format || format_is_json(format) || (table && streq(format, "table")))
		return 0;
	template = format_template(format, &is_table);
	if (template && (table || !is_table))
		return template_check(template, err) < 0 ? err_prefix(err, "option '--format'") : 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "option '--format %s': must be one of json, %s\"{{.FIELD}}\"", format,
		       table ? "table, \"table {{.FIELD}}\", " : "");
}

int format_line(const char *template, struct json_object *value, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	int r = template_render(template, value, &line, err);

	if (r < 0)
		return r;
	(void)fwrite(str_or_empty(line.text), 1, line.length, stdout);
	return putchar('\n') == EOF ? err_sys(err, errno, "write to stdout") : 0;
}

int format_print(const char *format, struct json_object *value, struct masu_error *err)
{
	bool table;
	_cleanup_free_ char *template = format_template(format, &table);

	return template ? format_line(template, value, err) : err_oom(err);
}

int format_document(const char *format, struct json_object *doc, struct masu_error *err)
{
	if (!format || format_is_json(format) || !doc)
		return print_json(doc, true, err);
	return format_print(format, doc, err);
}
