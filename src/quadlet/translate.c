/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/translate.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/container.h"
#include "quadlet/install.h"
#include "quadlet/keys.h"
#include "quadlet/network.h"
#include "quadlet/on-demand.h"
#include "quadlet/reference.h"
#include "quadlet/storage.h"

#define USER_ONLINE   "masu-wait-network-online.service"
#define SYSTEM_ONLINE "network-online.target"
#define PODMAN_ONLINE "podman-user-wait-network-online.service" /* the same as USER_ONLINE */

void quadlet_result_done(struct quadlet_result *r)
{
	free(r->text);
	strv_free(r->links);
	strv_free(r->units);
	*r = (struct quadlet_result){0};
}

/* Another program's extension of the section, or another's section. */
static bool is_foreign(const char *name)
{
	return str_after(name, "X-") != NULL;
}

/* References to quadlet files in dependencies become names of services. */
static bool is_dependency(const char *key)
{
	static const char *const keys[] = {"Wants",   "Requires",  "Requisite", "BindsTo", "PartOf",
					   "Upholds", "Conflicts", "Before",	"After"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (streq(keys[i], key))
			return true;
	return false;
}

/* A space keeps a backslash at the end, where systemd would read the next line as part of this one. */
static void end_line(struct strbuf *text)
{
	bool goes_on = text->length && text->text[text->length - 1] == '\\';

	(void)strbuf_addf(text, goes_on ? " \n" : "\n");
}

static void add_dependencies(struct quadlet_draft *d, const struct quadlet_assignment *a,
			     struct strbuf *text)
{
	_cleanup_strv_ char **words = draft_unit_names(d, a);

	(void)strbuf_addf(text, "%s=", a->key);
	STRV_FOREACH(word, words) {
		bool ours = !strchr(*word, '/') && quadlet_name_matches(*word);
		_cleanup_free_ char *service = ours ? draft_service_of(d, a, *word) : NULL;

		if (!ours || service)
			(void)strbuf_addf(text, "%s%s", word == words ? "" : " ",
					  service			? service
					  : streq(*word, PODMAN_ONLINE) ? USER_ONLINE
									: *word);
	}
	end_line(text);
}

/* masu decides the type, except for one that runs to its end. */
static bool is_ours(const struct quadlet_assignment *a)
{
	return streq(a->section, "Service") && streq(a->key, "Type") && !streq(a->value, "oneshot");
}

static void add_section(struct quadlet_draft *d, const char *section, char *const *lines,
			struct strbuf *text)
{
	bool begun = lines != NULL;

	if (begun)
		(void)strbuf_addf(text, "\n[%s]\n", section);
	STRV_FOREACH(line, lines)
		(void)strbuf_addf(text, "%s\n", *line);
	for (size_t i = 0; i < d->unit->source.n; i++) {
		const struct quadlet_assignment *a = &d->unit->source.items[i];

		if (!streq(a->section, section) || is_ours(a))
			continue;
		if (!begun)
			(void)strbuf_addf(text, "\n[%s]\n", section);
		begun = true;
		if (streq(section, "Unit") && is_dependency(a->key)) {
			add_dependencies(d, a, text);
			continue;
		}
		(void)strbuf_addf(text, "%s=%s", a->key, a->value);
		end_line(text);
	}
}

/* Sections of systemd other than [Unit] and [Service], in the order of the file. */
static void add_other_sections(struct quadlet_draft *d, struct strbuf *text)
{
	const char *own = quadlet_type_section(d->unit->name.type);
	_cleanup_strv_ char **done = NULL;

	for (size_t i = 0; i < d->unit->source.n && !d->set->failed; i++) {
		const char *section = d->unit->source.items[i].section;

		if (streq(section, own) || streq(section, "Unit") || streq(section, "Service") ||
		    streq(section, "Quadlet") || is_foreign(section) ||
		    strv_contains(strv_or_empty(done), section))
			continue;
		if (strv_push(&done, section) < 0)
			d->set->failed = true;
		add_section(d, section, NULL, text);
	}
}

static void check_sections(struct quadlet_draft *d)
{
	for (size_t i = 0; i < d->unit->source.n; i++) {
		const struct quadlet_assignment *a = &d->unit->source.items[i];

		for (int t = 0; t < QUADLET_TYPE_MAX; t++)
			if (streq(a->section, quadlet_type_section((enum quadlet_type)t)) &&
			    t != (int)d->unit->name.type)
				draft_refuse(d, a, "[%s] does not belong in a .%s file", a->section,
					     quadlet_type_extension(d->unit->name.type));
		if (streq(a->section, "Quadlet") && !streq(a->key, "DefaultDependencies") &&
		    !is_foreign(a->key))
			draft_refuse(d, a, "unknown key '%s' in [Quadlet]", a->key);
	}
}

static void refuse_type(struct quadlet_draft *d)
{
	static const char *const reasons[QUADLET_TYPE_MAX] = {
		[QUADLET_POD] =
			"masu has no pods: join another container by Network=NAME.container",
		[QUADLET_KUBE] =
			"masu does not read Kubernetes files: write a .container file for each",
		[QUADLET_BUILD] =
			"masu does not build images: build it elsewhere, then run 'masu load'",
		[QUADLET_ARTIFACT] = "masu does not pull artifacts",
	};

	draft_refuse(d, NULL, ".%s files are not supported: %s",
		     quadlet_type_extension(d->unit->name.type), reasons[d->unit->name.type]);
}

static void translate_type(struct quadlet_draft *d)
{
	const char *online = d->set->user ? USER_ONLINE : SYSTEM_ONLINE;
	bool waits = draft_bool(d, "Quadlet", "DefaultDependencies", true);

	if (waits &&
	    (d->unit->name.type == QUADLET_CONTAINER || d->unit->name.type == QUADLET_IMAGE)) {
		draft_line(d, &d->unit_lines, "Wants=%s", online);
		draft_line(d, &d->unit_lines, "After=%s", online);
	}
	if (d->unit->name.type == QUADLET_CONTAINER)
		quadlet_translate_container(d);
	else if (d->unit->name.type == QUADLET_VOLUME)
		quadlet_translate_volume(d);
	else if (d->unit->name.type == QUADLET_IMAGE)
		quadlet_translate_image(d);
	else if (d->unit->name.type == QUADLET_NETWORK)
		quadlet_translate_network(d);
	else
		refuse_type(d);
}

static void add_heading(const struct quadlet_draft *d, struct strbuf *text)
{
	(void)strbuf_addf(text, "# Written by masu-generator(8): changes are lost.\n");
	STRV_FOREACH(path, d->unit->source.paths)
		(void)strbuf_addf(text, "# %s\n", *path);
	STRV_FOREACH(notice, d->unit->notices)
		(void)strbuf_addf(text, "# %s\n", *notice);
}

/* The command of systemd in one line. A .network file's is the whole command. */
static void add_command(struct quadlet_draft *d)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
	bool whole = d->unit->name.type == QUADLET_NETWORK;

	(void)strbuf_addf(&line, "ExecStart=%s", whole ? "" : d->set->masu);
	STRV_FOREACH(word, d->command)
		(void)strbuf_addf(&line, "%s%s", whole && word == d->command ? "" : " ", *word);
	if (strv_push_owned(&d->service_lines, strbuf_take(&line)) < 0)
		d->set->failed = true;
}

/*
 * `systemctl status` shows the description, the messages as arguments and in the journal. Nothing restarts it.
 */
static void add_failing_unit(struct quadlet_draft *d, struct strbuf *text)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *first = unit_literal(d->unit->messages[0]);
	_cleanup_free_ char *source = unit_literal(d->unit->path);

	(void)strbuf_addf(text,
			  "\n[Unit]\nDescription=Quadlet file with errors: %s\nSourcePath=%s\n",
			  first ? first : "", source ? source : "");
	(void)strbuf_addf(
		text,
		"\n[Service]\nType=oneshot\nSyslogIdentifier=masu-generator\nExecStart=%s --fail",
		d->set->helper);
	STRV_FOREACH(message, d->unit->messages) {
		_cleanup_free_ char *literal = unit_literal(*message);

		if (!literal || unit_words_push(&words, literal) < 0)
			d->set->failed = true;
	}
	STRV_FOREACH(word, words)
		(void)strbuf_addf(text, " %s", *word);
	(void)strbuf_add(text, "\n", 1);
	d->set->failed |= !first || !source;
}

static void add_unit(struct quadlet_draft *d, struct strbuf *text)
{
	add_command(d);
	add_section(d, "Unit", d->unit_lines, text);
	add_section(d, "Service", d->service_lines, text);
	add_other_sections(d, text);
}

int quadlet_translate(struct quadlet_set *s, struct quadlet_unit *u, struct quadlet_result *ret)
{
	struct quadlet_draft d = {.set = s, .unit = u};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT, body = STRBUF_INIT;
	_cleanup_free_ char *source = unit_literal(u->path);
	struct quadlet_result result = {0};

	draft_line(&d, &d.unit_lines, "SourcePath=%s", source ? source : "");
	check_sections(&d);
	translate_type(&d);
	result.links = quadlet_install_links(&d);
	add_unit(&d, &body);
	if (u->messages) /* the links lead to the unit that fails */
		d.on_demand_s = 0;
	if (result.links && (quadlet_on_demand_links(&d, result.links) < 0 ||
			     quadlet_on_demand_units(&d, &result.units) < 0))
		s->failed = true;
	add_heading(&d, &text);
	if (u->messages)
		add_failing_unit(&d, &text);
	else
		(void)strbuf_add(&text, str_or_empty(body.text), body.length);
	quadlet_draft_done(&d);
	result.text = strbuf_take(&text);
	if (s->failed || body.failed || !source || !result.links || !result.text) {
		quadlet_result_done(&result);
		return -ENOMEM;
	}
	*ret = result;
	return 0;
}
