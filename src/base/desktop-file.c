/* SPDX-License-Identifier: Apache-2.0 */
#include "base/desktop-file.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define MAIN_GROUP   "[Desktop Entry]"
#define ACTION_GROUP "[Desktop Action "

/* The escapes of any string of the file format: "\s" is a space. They come before those of an argument. */
static int unescape(const char *value, struct strbuf *b)
{
	static const char letters[] = "sntr\\", meanings[] = " \n\t\r\\";

	for (const char *p = value; *p; p++) {
		const char *letter = *p == '\\' && p[1] ? strchr(letters, p[1]) : NULL;

		(void)strbuf_add(b, letter ? &meanings[letter - letters] : p, 1);
		p += letter != NULL;
	}
	return b->failed ? -ENOMEM : 0;
}

/* A quoted argument, from behind its first quote to its last one, *p. */
static int take_quoted(const char **p, struct strbuf *word)
{
	for ((*p)++; **p != '"'; (*p)++) {
		if (**p == '\\')
			(*p)++;
		if (!**p)
			return -EINVAL;
		(void)strbuf_add(word, *p, 1);
	}
	return 0;
}

static int split(const char *p, char ***words)
{
	while (*(p += strspn(p, " "))) {
		_cleanup_strbuf_ struct strbuf word = STRBUF_INIT;

		for (; *p && *p != ' '; p++) {
			if (*p == '"' && take_quoted(&p, &word) < 0)
				return -EINVAL;
			if (*p != '"')
				(void)strbuf_add(&word, p, 1);
		}
		char *text = strbuf_take(&word);
		if (!text || strv_push_owned(words, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

int desktop_exec_split(const char *value, char ***ret)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT;
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *text = NULL;

	if (unescape(value, &plain) < 0 || !(text = strbuf_take(&plain)))
		return -ENOMEM;
	if (str_has_control(text))
		return -EINVAL;
	int r = split(text, &words);
	if (r < 0)
		return r;
	if (!words || !**words)
		return -EINVAL;
	*ret = TAKE_PTR(words);
	return 0;
}

/* Both levels at once: a backslash of the quoted argument is two, and each of them is escaped as in any string. */
static void add_byte(struct strbuf *b, const char *p, bool codes)
{
	if (*p == '\\')
		(void)strbuf_add(b, "\\\\\\\\", 4);
	else if (strchr("\"`$", *p))
		(void)strbuf_addf(b, "\\\\%c", *p);
	else if (*p == '%' && !codes)
		(void)strbuf_add(b, "%%", 2);
	else
		(void)strbuf_add(b, p, 1);
}

/* A field code is not expanded in quotes, so a word with one has none if it can. */
static bool is_plain(const char *word, bool codes)
{
	static const char safe[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@";

	for (; *word; word++)
		if (!strchr(safe, *word) && (*word != '%' || !codes))
			return false;
	return true;
}

int desktop_exec_add(struct strbuf *b, char *const *words, bool codes)
{
	STRV_FOREACH(word, words) {
		bool plain = **word && is_plain(*word, codes);

		if (b->length > 0)
			(void)strbuf_add(b, " ", 1);
		if (!plain)
			(void)strbuf_add(b, "\"", 1);
		for (const char *p = *word; *p; p++)
			add_byte(b, p, codes);
		if (!plain)
			(void)strbuf_add(b, "\"", 1);
	}
	return b->failed ? -ENOMEM : 0;
}

struct line {
	const char *key, *value; /* of "key=value", in the line's buffer */
	const char *group;	 /* of "[group]", NULL for another line */
};

/* Splits a line in place. Comments and malformed lines have neither key nor group. */
static struct line read_line(char *line)
{
	size_t length = strlen(line);
	struct line l = {0};

	while (length > 0 && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	if (str_has_control(line))
		return l;
	if (*line == '[') {
		l.group = line;
		return l;
	}
	char *equal = strchr(line, '=');
	if (!equal || *line == '#')
		return l;
	l.value = equal + 1 + strspn(equal + 1, " ");
	while (equal > line && equal[-1] == ' ')
		equal--;
	*equal = '\0';
	l.key = line;
	return l;
}

/* Is it this key, or a translation of it, "Name[de]"? */
static bool is_key(const char *key, const char *name)
{
	const char *rest = str_after(key, name);

	return rest && (!*rest || (*rest == '[' && strchr(rest, ']') && !strchr(rest, ']')[1]));
}

static bool is_kept(const char *key)
{
	static const char *const kept[] = {
		"Actions",
		"Categories",
		"Comment",
		"GenericName",
		"Hidden",
		"Keywords",
		"MimeType",
		"NoDisplay",
		"NotShowIn",
		"OnlyShowIn",
		"PrefersNonDefaultGPU",
		"SingleMainWindow",
		"StartupNotify",
		"StartupWMClass",
		"Terminal",
		"Type",
		"Version",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (is_key(key, kept[i]))
			return true;
	return false;
}

struct output {
	const struct desktop_rewrite *rewrite;
	struct strbuf text;
	bool kept;	  /* the group is */
	bool main, found; /* it is the main one; that was found */
	bool is_application, has_exec, has_name;
};

static int add_exec(struct output *o, const char *value)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ char **words = NULL;
	int r = desktop_exec_split(value, &words);

	if (r == 0)
		r = desktop_exec_add(&b, o->rewrite->command, false);
	if (r == 0)
		r = desktop_exec_add(&b, words, true);
	return r < 0 ? r : strbuf_addf(&o->text, "Exec=%s\n", b.text);
}

static int take_key(struct output *o, const struct line *l)
{
	if (streq(l->key, "Exec")) {
		o->has_exec |= o->main;
		return add_exec(o, l->value);
	}
	if (is_key(l->key, "Name")) {
		o->has_name |= o->main;
		return strbuf_addf(&o->text, "%s=%s%s\n", l->key, l->value,
				   o->main ? o->rewrite->suffix : "");
	}
	if (is_key(l->key, "Icon")) {
		const char *icon = o->main ? o->rewrite->icon : NULL;

		return !icon && strchr(l->value, '/') /* of the box */
			       ? 0
			       : strbuf_addf(&o->text, "%s=%s\n", l->key, icon ? icon : l->value);
	}
	if (o->main && streq(l->key, "Type"))
		o->is_application = streq(l->value, "Application");
	return is_kept(l->key) ? strbuf_addf(&o->text, "%s=%s\n", l->key, l->value) : 0;
}

static int take_line(struct output *o, char *text)
{
	const struct line l = read_line(text);

	if (l.group) {
		o->main = streq(l.group, MAIN_GROUP) && !o->found;
		o->found |= o->main;
		o->kept = o->main || (o->found && str_after(l.group, ACTION_GROUP));
		if (!o->kept)
			return 0;
		return strbuf_addf(&o->text, "%s\n%s%s", l.group, o->main ? o->rewrite->mark : "",
				   o->main ? "\n" : "");
	}
	return l.key && o->kept ? take_key(o, &l) : 0;
}

int desktop_file_rewrite(const char *text, size_t size, const struct desktop_rewrite *rewrite,
			 char **ret, struct masu_error *err)
{
	struct output o = {.rewrite = rewrite, .text = STRBUF_INIT};
	_cleanup_free_ char *copy = strndup(text, size);
	char *rest = copy, *line;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take_line(&o, line);
	if (r == 0 && !(o.is_application && o.has_exec && o.has_name)) {
		strbuf_done(&o.text);
		return err_set(err, ERR_INVALID, EINVAL, "not the desktop file of an application");
	}
	if (r < 0)
		strbuf_done(&o.text);
	else if (!(*ret = strbuf_take(&o.text)))
		r = -ENOMEM;
	if (r == -EINVAL)
		return err_set(err, ERR_INVALID, EINVAL, "malformed Exec in the desktop file");
	return r < 0 ? err_sys(err, r, "rewrite the desktop file") : 0;
}

char *desktop_file_value(const char *text, const char *key)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	bool main = false;

	while ((line = strsep(&rest, "\n"))) {
		const struct line l = read_line(line);

		if (l.group)
			main = streq(l.group, MAIN_GROUP);
		if (l.key && main && streq(l.key, key))
			return strdup(l.value);
	}
	return NULL;
}
