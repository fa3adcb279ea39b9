/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

struct toml {
	const char *at;
	size_t line;
	char *table;
};

static int wrong(struct masu_error *err, const char *what)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s", what);
}

static void skip_blanks(struct toml *t)
{
	t->at += strspn(t->at, " \t");
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct toml *t)
{
	for (;;) {
		skip_blanks(t);
		if (*t->at == '#')
			t->at += strcspn(t->at, "\n");
		if (*t->at == '\r' && t->at[1] == '\n')
			t->at++;
		if (*t->at != '\n')
			return;
		t->at++;
		t->line++;
	}
}

/* After a header or a value. */
static int end_line(struct toml *t, struct masu_error *err)
{
	skip_blanks(t);
	if (*t->at && !strchr("#\r\n", *t->at))
		return wrong(err, "the line must end here");
	return 0;
}

/* The character of an escape, or 0. */
static char unescape(char c)
{
	static const char from[] = "\"\\btnfr", to[] = "\"\\\b\t\n\f\r";
	const char *p = c ? strchr(from, c) : NULL;

	return p ? to[p - from] : 0;
}

static int take_string(struct toml *t, char **ret, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const char quote = *t->at++;

	if (t->at[0] == quote && t->at[1] == quote)
		return wrong(err, "a string of several lines is not supported");
	for (; *t->at != quote; t->at++) {
		char c = *t->at;

		if ((unsigned char)c < ' ' && c != '\t')
			return wrong(err, "the quote is not closed on its line");
		if (c == 0x7f)
			return wrong(err, "a string must not hold control characters");
		if (c == '\\' && quote == '"') {
			c = unescape(*++t->at);
			if (!c)
				return wrong(err, "unsupported escape in a string");
		}
		(void)strbuf_add(&b, &c, 1);
	}
	t->at++;
	*ret = b.text ? strbuf_take(&b) : strdup("");
	return *ret && !b.failed ? 0 : err_oom(err);
}

static int take_key(struct toml *t, char **ret, struct masu_error *err)
{
	size_t n = strspn(t->at,
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	if (*t->at == '"' || *t->at == '\'')
		return take_string(t, ret, err);
	if (n == 0)
		return wrong(err, "a key or a [table] must be here");
	*ret = strndup(t->at, n);
	t->at += n;
	return *ret ? 0 : err_oom(err);
}

/* [a.b] or [[a.b]], of which the first bracket is read. */
static int take_header(struct toml *t, struct toml_item *item, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf name = STRBUF_INIT;
	bool element = *t->at == '[';

	t->at += element;
	do {
		_cleanup_free_ char *part = NULL;

		t->at += name.length > 0; /* the dot */
		skip_blanks(t);
		int r = take_key(t, &part, err);
		if (r < 0)
			return r;
		skip_blanks(t);
		(void)strbuf_addf(&name, "%s%s", name.length ? "." : "", part);
	} while (*t->at == '.' && name.length > 0);
	if (t->at[0] != ']' || (element && t->at[1] != ']'))
		return wrong(err, "the name of the table is not closed");
	t->at += 1 + element;
	free(t->table);
	t->table = strbuf_take(&name);
	if (!t->table || name.failed)
		return err_oom(err);
	item->kind = element ? TOML_ELEMENT : TOML_TABLE;
	return 0;
}

/* An array, of which the bracket is read. */
static int take_strings(struct toml *t, char ***ret, struct masu_error *err)
{
	for (skip_lines(t); *t->at != ']'; skip_lines(t)) {
		_cleanup_free_ char *text = NULL;

		if (*t->at != '"' && *t->at != '\'')
			return wrong(err, "an array must hold strings");
		int r = take_string(t, &text, err);
		if (r == 0 && strv_push_owned(ret, TAKE_PTR(text)) < 0)
			r = err_oom(err);
		if (r < 0)
			return r;
		skip_lines(t);
		if (*t->at == ',')
			t->at++;
		else if (*t->at != ']')
			return wrong(err, "a comma or ] must be here");
	}
	t->at++;
	return 0;
}

/* The storage of a value. */
struct toml_value {
	char *key, *text, **texts;
};

static void value_done(struct toml_value *v)
{
	free(v->key);
	free(v->text);
	strv_free(v->texts);
}

static int take_value(struct toml *t, struct toml_item *item, struct toml_value *v,
		      struct masu_error *err)
{
	const char *rest;
	int r = 0;

	if (*t->at == '"' || *t->at == '\'') {
		item->kind = TOML_STRING;
		r = take_string(t, &v->text, err);
		item->text = v->text;
	} else if (*t->at == '[') {
		t->at++;
		item->kind = TOML_STRINGS;
		r = take_strings(t, &v->texts, err);
		item->texts = strv_or_empty(v->texts);
	} else if ((rest = str_after(t->at, "true")) || (rest = str_after(t->at, "false"))) {
		item->kind = TOML_BOOL;
		item->value = *t->at == 't';
		t->at = rest;
	} else {
		r = wrong(err, "the value must be a string, true, false or an array of strings");
	}
	return r;
}

static int take_pair(struct toml *t, struct toml_item *item, struct toml_value *v,
		     struct masu_error *err)
{
	int r = take_key(t, &v->key, err);

	if (r < 0)
		return r;
	skip_blanks(t);
	if (*t->at == '.')
		return wrong(err, "a key with dots is not supported: quote it, or write a [table]");
	if (*t->at != '=')
		return wrong(err, "a = must be here");
	t->at++;
	skip_blanks(t);
	item->key = v->key;
	return take_value(t, item, v, err);
}

static int take_item(struct toml *t, toml_fn *fn, void *arg, struct masu_error *err)
{
	_cleanup_(value_done) struct toml_value value = {0};
	struct toml_item item = {.line = t->line};
	bool header = *t->at == '[';

	t->at += header;
	int r = header ? take_header(t, &item, err) : take_pair(t, &item, &value, err);
	if (r == 0)
		r = end_line(t, err);
	if (r < 0)
		return r;
	item.table = str_or_empty(t->table);
	return fn(arg, &item, err);
}

int toml_read(const char *text, const char *name, toml_fn *fn, void *arg, struct masu_error *err)
{
	struct toml t = {.at = text, .line = 1};
	int r = 0;

	skip_lines(&t);
	while (*t.at && r >= 0) {
		r = take_item(&t, fn, arg, err);
		if (r >= 0) /* else the message needs the line */
			skip_lines(&t);
	}
	free(t.table);
	if (r < 0)
		(void)err_prefix(err, "'%s' line %zu", name, t.line);
	return MIN(r, 0);
}
