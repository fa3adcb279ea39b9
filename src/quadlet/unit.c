/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/unit.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"

static void unit_done(struct quadlet_unit *u)
{
	quadlet_name_done(&u->name);
	quadlet_source_done(&u->source);
	free(u->path);
	free(u->service);
	free(u->object);
	strv_free(u->messages);
	strv_free(u->notices);
}

void quadlet_set_done(struct quadlet_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		unit_done(&s->units[i]);
	free(s->units);
	*s = (struct quadlet_set){0};
}

int quadlet_set_add(struct quadlet_set *s, const char *path, struct quadlet_unit **ret)
{
	const char *slash = strrchr(path, '/');
	struct quadlet_name name;
	int r = quadlet_name_parse(slash ? slash + 1 : path, &name);

	if (r < 0)
		return r;
	struct quadlet_unit *u = array_add(&s->units, &s->n, sizeof(*u));
	if (!u) {
		quadlet_name_done(&name);
		return -ENOMEM;
	}
	u->name = name;
	u->path = strdup(path);
	if (!u->path) {
		unit_done(&s->units[--s->n]);
		return -ENOMEM;
	}
	*ret = u;
	return 0;
}

#define MESSAGES_MAX 100 /* that a unit prints, as arguments of its command */

/* The line that a message of the file names, or 0 for one of another file. */
static unsigned long line_of(const char *message, const char *path)
{
	const char *rest = str_after(message, path);

	return rest && *rest == ':' ? strtoul(rest + 1, NULL, 10) : 0;
}

/* Moves the last message before those of the same file with a later line. */
static void sort_last(char **messages, const char *path)
{
	size_t n = strv_length(messages);

	for (size_t i = n ? n - 1 : 0; i > 0; i--) {
		char *last = messages[i];

		if (line_of(messages[i - 1], path) <= line_of(last, path))
			return;
		messages[i] = messages[i - 1];
		messages[i - 1] = last;
	}
}

/* The message gets into comments and lines of the unit, so it has no control characters. */
static void add_message(struct quadlet_set *s, char ***to, const char *place, const char *format,
			va_list args) _printf_(4, 0);
static void add_message(struct quadlet_set *s, char ***to, const char *place, const char *format,
			va_list args)
{
	_cleanup_free_ char *text = NULL, *line = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	line = text && place ? str_printf("%s: %s", place, text) : NULL;
	if (line)
		str_disarm(line, false);
	if (!line || strv_push_owned(to, TAKE_PTR(line)) < 0)
		s->failed = true;
}

static char *place_of(const struct quadlet_unit *u, const struct quadlet_assignment *a)
{
	return a ? str_printf("%s:%u", a->path, a->line) : strdup(u->path);
}

void quadlet_refuse(struct quadlet_set *s, struct quadlet_unit *u,
		    const struct quadlet_assignment *a, const char *format, ...)
{
	_cleanup_free_ char *place = NULL;
	va_list args;

	if (strv_length(u->messages) >= MESSAGES_MAX)
		return;
	place = place_of(u, a);
	va_start(args, format);
	add_message(s, &u->messages, place, format, args);
	va_end(args);
	if (a && u->messages)
		sort_last(u->messages, a->path);
}

void quadlet_notice(struct quadlet_set *s, struct quadlet_unit *u,
		    const struct quadlet_assignment *a, const char *format, ...)
{
	_cleanup_free_ char *place = place_of(u, a);
	va_list args;

	va_start(args, format);
	add_message(s, &u->notices, place, format, args);
	va_end(args);
}

void quadlet_unit_add_text(struct quadlet_set *s, struct quadlet_unit *u, const char *text,
			   size_t size, const char *path)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (quadlet_source_add(&u->source, text, size, path, &err) == 0)
		return;
	if (err.kind == ERR_NO_SPACE || !err.message)
		s->failed = true;
	else if (strv_push_owned(&u->messages, TAKE_PTR(err.message)) < 0)
		s->failed = true;
	else
		str_disarm(u->messages[strv_length(u->messages) - 1], false);
}

static bool is_word(const char *text)
{
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s <= ' ' || strchr("\"'\\/$;", *s))
			return false;
	return *text && *text != '-';
}

/* Without a value, or with an unsuitable one, the default. */
static char *object_name(struct quadlet_set *s, struct quadlet_unit *u, const char *service_name)
{
	static const char *const keys[QUADLET_TYPE_MAX] = {
		[QUADLET_CONTAINER] = "ContainerName",
		[QUADLET_VOLUME] = "VolumeName",
		[QUADLET_NETWORK] = "NetworkName",
	};
	const char *section = quadlet_type_section(u->name.type), *key = keys[u->name.type];
	const struct quadlet_assignment *a = key ? quadlet_source_last(&u->source, section, key)
						 : NULL;
	_cleanup_free_ char *value = a ? unit_unquote(a->value) : NULL;

	if (a && value && !is_word(value))
		quadlet_refuse(s, u, a, "%s=: '%s' is not a name", key, value);
	else if (a)
		return TAKE_PTR(value);
	if (u->name.type == QUADLET_IMAGE) {
		a = quadlet_source_last(&u->source, section, "ImageTag");
		a = a ? a : quadlet_source_last(&u->source, section, "Image");
		return a ? unit_unquote(a->value) : strdup("");
	}
	return quadlet_name_object(&u->name, service_name);
}

static char *service_name(struct quadlet_set *s, struct quadlet_unit *u)
{
	const struct quadlet_assignment *a = quadlet_source_last(
		&u->source, quadlet_type_section(u->name.type), "ServiceName");
	_cleanup_free_ char *value = a ? unit_unquote(a->value) : NULL;
	_cleanup_free_ char *unit = value ? str_printf("%s.service", value) : NULL;

	if (a && !unit)
		s->failed = true;
	if (!unit || quadlet_is_unit_name(unit))
		return TAKE_PTR(value);
	quadlet_refuse(s, u, a, "ServiceName=: '%s' is not the name of a unit", value);
	return NULL;
}

static void name_unit(struct quadlet_set *s, struct quadlet_unit *u)
{
	_cleanup_free_ char *base = service_name(s, u);

	u->service = quadlet_name_service(&u->name, base);
	u->object = object_name(s, u, base);
	if (!u->service || !u->object)
		s->failed = true;
}

void quadlet_set_name(struct quadlet_set *s)
{
	for (size_t i = 0; i < s->n && !s->failed; i++)
		name_unit(s, &s->units[i]);
	for (size_t i = 0; i < s->n && !s->failed; i++)
		for (size_t k = 0; k < i; k++)
			if (streq(s->units[k].service, s->units[i].service)) {
				quadlet_refuse(s, &s->units[i], NULL,
					       "'%s' has the same service: set ServiceName=",
					       s->units[k].path);
				break;
			}
}

struct quadlet_unit *quadlet_set_find(struct quadlet_set *s, const char *file)
{
	const char *at = strchr(file, '@'), *dot = strrchr(file, '.');
	_cleanup_free_ char *template_file = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (streq(s->units[i].name.file, file))
			return &s->units[i];
	if (!at || !dot || at > dot || dot == at + 1)
		return NULL;
	template_file = str_printf("%.*s@%s", (int)(at - file), file, dot);
	return template_file ? quadlet_set_find(s, template_file) : NULL;
}
