/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/draft.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"

void quadlet_draft_done(struct quadlet_draft *d)
{
	strv_free(d->unit_lines);
	strv_free(d->service_lines);
	strv_free(d->command);
	strv_free(d->ports);
	strv_free(d->listeners);
	*d = (struct quadlet_draft){0};
}

void draft_line(struct quadlet_draft *d, char ***lines, const char *format, ...)
{
	char *line = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	if (strv_push_owned(lines, line) < 0)
		d->set->failed = true;
}

void draft_word(struct quadlet_draft *d, const char *word)
{
	if (!word || unit_words_push(&d->command, word) < 0)
		d->set->failed = true;
}

void draft_option(struct quadlet_draft *d, const char *option, const char *value)
{
	draft_word(d, option);
	draft_word(d, value);
}

void draft_words(struct quadlet_draft *d, ...)
{
	va_list args;
	const char *word;

	va_start(args, d);
	while ((word = va_arg(args, const char *)))
		draft_word(d, word);
	va_end(args);
}

const struct quadlet_assignment *draft_last(const struct quadlet_draft *d, const char *key)
{
	return quadlet_source_last(&d->unit->source, quadlet_type_section(d->unit->name.type), key);
}

char *draft_value(struct quadlet_draft *d, const char *key)
{
	const struct quadlet_assignment *a = draft_last(d, key);
	char *value = a ? unit_unquote(a->value) : NULL;

	if (a && !value)
		d->set->failed = true;
	return value;
}

bool draft_bool(struct quadlet_draft *d, const char *section, const char *key, bool standard)
{
	static const char *const words[2][4] = {{"0", "no", "false", "off"},
						{"1", "yes", "true", "on"}};
	const struct quadlet_assignment *a = quadlet_source_last(&d->unit->source, section, key);

	for (size_t i = 0; a && i < 8; i++)
		if (strcasecmp(a->value, words[i / 4][i % 4]) == 0)
			return i >= 4;
	if (a)
		draft_refuse(d, a, "%s=: '%s' is not yes or no", key, a->value);
	return standard;
}

char **draft_split(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	char **words = NULL;

	if (unit_words_split(a->value, &words, &err) == 0)
		return words;
	if (err.kind == ERR_NO_SPACE)
		d->set->failed = true;
	else
		draft_refuse(d, a, "%s=: %s", a->key, err.message);
	return NULL;
}

char **draft_unit_names(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_strv_ char **parts = strv_split(a->value, " \t"), **names = strv_copy(NULL);

	d->set->failed |= !parts || !names;
	STRV_FOREACH(part, names ? parts : NULL)
		if (**part && strv_push_owned(&names, unit_unquote(*part)) < 0)
			d->set->failed = true;
	return d->set->failed ? NULL : TAKE_PTR(names);
}

char *draft_path(struct quadlet_draft *d, const char *path)
{
	const char *slash = strrchr(d->unit->path, '/');
	_cleanup_free_ char *dir = NULL, *literal = NULL;
	char *whole;

	if (*path == '/' || *path == '%')
		whole = strdup(path);
	else {
		dir = strndup(d->unit->path, slash ? (size_t)(slash - d->unit->path) : 0);
		literal = dir ? unit_literal(dir) : NULL;
		path = str_after(path, "./") ? path + 2 : path;
		whole = !literal ? NULL
				 : str_printf(streq(path, ".") ? "%s" : "%s/%s", literal, path);
	}
	d->set->failed |= !whole;
	return whole;
}

void draft_require(struct quadlet_draft *d, const char *service)
{
	draft_line(d, &d->unit_lines, "Requires=%s", service);
	draft_line(d, &d->unit_lines, "After=%s", service);
}
