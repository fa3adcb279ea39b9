/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

/* A quoted field from behind its first quote on, up to behind its last one. */
static int add_quoted(struct strbuf *field, const char **s)
{
	for (;;) {
		size_t n = strcspn(*s, "\"");
		int r = strbuf_add(field, *s, n);

		if (r < 0)
			return r;
		*s += n;
		if (!**s)
			return -EINVAL;
		if (*++*s != '"')
			return 0;
		r = strbuf_add(field, "\"", 1);
		if (r < 0)
			return r;
		++*s;
	}
}

static int add_field(char ***list, const char **s)
{
	_cleanup_strbuf_ struct strbuf field = STRBUF_INIT;
	int r;

	if (**s == '"') {
		++*s;
		r = add_quoted(&field, s);
	} else {
		size_t n = strcspn(*s, ",\"");

		r = strbuf_add(&field, *s, n);
		*s += n;
	}
	if (r < 0)
		return r;
	if (**s && **s != ',')
		return -EINVAL;
	char *text = strbuf_take(&field);
	return text ? strv_push_owned(list, text) : -ENOMEM;
}

int csv_split(const char *line, char ***ret)
{
	_cleanup_strv_ char **list = NULL;

	for (;; line++) {
		int r = add_field(&list, &line);

		if (r < 0)
			return r;
		if (!*line)
			break;
	}
	*ret = TAKE_PTR(list);
	return 0;
}
