/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/keys.h"

#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"

void quadlet_check_value(struct quadlet_draft *d, const struct quadlet_assignment *a,
			 const char *value, int (*check)(const char *, struct masu_error *))
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (!check || strpbrk(value, "%$") || check(value, &err) == 0)
		return;
	if (err.kind == ERR_NO_SPACE || !err.message)
		d->set->failed = true;
	else
		draft_refuse(d, a, "%s=: %s%s%s%s", a->key, err.message, err.hint ? " (" : "",
			     str_or_empty(err.hint), err.hint ? ")" : "");
}

static void add_value(struct quadlet_draft *d, const struct quadlet_key *k,
		      const struct quadlet_assignment *a)
{
	_cleanup_free_ char *value = unit_unquote(a->value);

	if (value)
		quadlet_check_value(d, a, value, k->check);
	draft_option(d, k->option, value);
}

static void add_words(struct quadlet_draft *d, const struct quadlet_key *k,
		      const struct quadlet_assignment *a)
{
	_cleanup_strv_ char **words = draft_split(d, a);

	STRV_FOREACH(word, words) {
		quadlet_check_value(d, a, *word, k->check);
		draft_option(d, k->option, *word);
	}
}

static void translate_key(struct quadlet_draft *d, const struct quadlet_key *k)
{
	const char *section = quadlet_type_section(d->unit->name.type);
	const struct quadlet_assignment *last = draft_last(d, k->name);

	if (k->kind == KEY_BOOL && draft_bool(d, section, k->name, false))
		draft_word(d, k->option);
	else if (k->kind == KEY_REFUSED && last)
		draft_refuse(d, last, "%s= is not supported: %s", k->name, k->option);
	else if (k->kind == KEY_ONLY && last && strcasecmp(last->value, k->option) != 0)
		draft_refuse(d, last, "%s=: only '%s' is supported", k->name, k->option);
	else if (k->kind == KEY_VALUE && last)
		add_value(d, k, last);
	if (k->kind != KEY_LIST && k->kind != KEY_WORDS)
		return;
	if (k->add_all) {
		k->add_all(d);
		return;
	}
	QUADLET_FOREACH(a, &d->unit->source, section, k->name)
	{
		if (k->kind == KEY_WORDS)
			add_words(d, k, a);
		else if (*a->value)
			add_value(d, k, a);
	}
}

static void check_known(struct quadlet_draft *d, const struct quadlet_key *table,
			const struct quadlet_assignment *a)
{
	struct nearest near = {.typed = a->key};

	for (const struct quadlet_key *k = table; k->name; k++) {
		if (streq(k->name, a->key))
			return;
		nearest_try(&near, k->name);
	}
	if (near.word)
		draft_refuse(d, a, "unknown key '%s' in [%s]: did you mean %s=?", a->key,
			     a->section, near.word);
	else
		draft_refuse(d, a, "unknown key '%s' in [%s]", a->key, a->section);
}

void quadlet_translate_keys(struct quadlet_draft *d, const struct quadlet_key *table)
{
	const char *section = quadlet_type_section(d->unit->name.type);

	for (size_t i = 0; i < d->unit->source.n; i++) {
		const struct quadlet_assignment *a = &d->unit->source.items[i];

		if (streq(a->section, section) && !str_after(a->key, "X-"))
			check_known(d, table, a);
	}
	for (const struct quadlet_key *k = table; k->name; k++)
		translate_key(d, k);
}
