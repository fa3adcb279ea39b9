/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/mounts.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/reference.h"

/* Should the container start after the mount of this path of the host? */
static void require_mount(struct quadlet_draft *d, const char *path)
{
	_cleanup_strv_ char **words = NULL;

	if (*path != '/' || strpbrk(path, "$%"))
		return;
	if (unit_words_push(&words, path) < 0)
		d->set->failed = true;
	else
		draft_line(d, &d->unit_lines, "RequiresMountsFor=%s", *words);
}

/* The source of a mount as masu has it. NULL after a message. */
static char *translate_source(struct quadlet_draft *d, const struct quadlet_assignment *a,
			      const char *source)
{
	char *to;

	if (is_reference(source, QUADLET_VOLUME) || is_reference(source, QUADLET_IMAGE))
		return draft_reference(d, a, source);
	if (is_reference(source, QUADLET_ARTIFACT) || is_reference(source, QUADLET_BUILD)) {
		draft_refuse(d, a, "%s=: masu has no '%s'", a->key, strrchr(source, '.'));
		return NULL;
	}
	to = *source == '.' ? draft_path(d, source) : strdup(source);
	if (to)
		require_mount(d, to);
	d->set->failed |= !to;
	return to;
}

static bool is_copied(struct quadlet_draft *d, const char *source)
{
	struct quadlet_unit *volume = quadlet_set_find(d->set, source);
	const struct quadlet_assignment *a = volume ? quadlet_source_last(&volume->source, "Volume",
									  "Copy")
						    : NULL;

	/* The file of the volume reports another word. */
	return !a || !(strcasecmp(a->value, "false") == 0 || strcasecmp(a->value, "no") == 0 ||
		       strcasecmp(a->value, "off") == 0 || streq(a->value, "0"));
}

static void add_volume(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_free_ char *value = unit_unquote(a->value), *source = NULL, *to = NULL;
	const char *colon = value ? strchr(value, ':') : NULL;

	if (!value)
		d->set->failed = true;
	if (!colon) {
		draft_option(d, "--volume", value);
		return;
	}
	source = strndup(value, (size_t)(colon - value));
	to = source ? translate_source(d, a, source) : NULL;
	if (!to)
		return;
	bool nocopy = is_reference(source, QUADLET_VOLUME) && !is_copied(d, source);
	_cleanup_free_ char *all = str_printf("%s%s%s", to, colon,
					      !nocopy		       ? ""
					      : strchr(colon + 1, ':') ? ",nocopy"
								       : ":nocopy");
	draft_option(d, "--volume", all);
}

void draft_volumes(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, "Container", "Volume")
	{
		if (*a->value)
			add_volume(d, a);
	}
}

/* Adds a field to a line of comma-separated values. */
static void add_field(struct strbuf *line, const char *field)
{
	bool quoted = strpbrk(field, ",\"") != NULL;

	(void)strbuf_addf(line, "%s%s", line->length ? "," : "", quoted ? "\"" : "");
	for (const char *s = field; *s; s++)
		(void)strbuf_addf(line, *s == '"' ? "\"\"" : "%c", *s);
	(void)strbuf_add(line, "\"", quoted);
}

static void check_type(struct quadlet_draft *d, const struct quadlet_assignment *a,
		       const char *type)
{
	static const char *const known[] = {"bind", "volume", "tmpfs", "image",
					    "glob", "devpts", "ramfs"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(known[i], type))
			return;
	if (!strpbrk(type, "%$"))
		draft_refuse(d, a, "Mount=: masu has no mount of the type '%s'", type);
}

static void add_mount(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	_cleanup_strv_ char **fields = NULL;
	_cleanup_free_ char *value = unit_unquote(a->value), *all = NULL;

	if (value && strv_split_csv(value, &fields) == -EINVAL) {
		draft_refuse(d, a, "Mount=: a quote has no end, or is not around a whole field");
		return;
	}
	STRV_FOREACH(field, fields) {
		const char *source = str_after(*field, "source="),
			   *type = str_after(*field, "type=");
		_cleanup_free_ char *to = NULL, *changed = NULL;

		source = source ? source : str_after(*field, "src=");
		if (type)
			check_type(d, a, type);
		to = source ? translate_source(d, a, source) : NULL;
		changed = to ? str_printf("source=%s", to) : NULL;
		add_field(&line, changed ? changed : *field);
	}
	all = fields ? strbuf_take(&line) : NULL;
	draft_option(d, "--mount", all);
}

void draft_mounts(struct quadlet_draft *d)
{
	QUADLET_FOREACH(a, &d->unit->source, "Container", "Mount")
	{
		if (*a->value)
			add_mount(d, a);
	}
}
