/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "engine/info.h"

#define NAME_WIDTH 22

struct info_options {
	const char *format;
};

static void print_text(const struct facts *f)
{
	const char *section = "";

	(void)printf("masu %s\n", MASU_VERSION);
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->item[i];

		if (!streq(section, fact->section))
			(void)printf("%s\n", fact->section);
		section = fact->section;
		(void)printf("  %-*s %s\n", NAME_WIDTH, fact->name, fact->value);
		if (fact->remedy)
			(void)printf("  %-*s -> %s\n", NAME_WIDTH, "", fact->remedy);
	}
}

/* {"cgroup": {"version": {"value": "v2"}}} */
static int print_facts_json(const struct facts *f, struct err *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, doc, "version", MASU_VERSION);
	for (size_t i = 0; doc && i < f->n; i++) {
		const struct fact *fact = &f->item[i];
		struct json_object *section, *o;

		if (!json_object_object_get_ex(doc, fact->section, &section))
			section = build_object(&b, doc, fact->section);
		o = build_object(&b, section, fact->name);
		build_text(&b, o, "value", fact->value);
		build_text(&b, o, "remedy", fact->remedy);
	}
	return print_json(b.failed ? NULL : doc, true, err);
}

/* Repeated or not: the user asks for the state of the host. */
static void print_notice(void *userdata, const char *text, bool repeated)
{
	log_notice("%s", text);
}

static int info_run(const void *values, char **operands, struct err *err)
{
	const struct info_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_facts_ struct facts facts = {0};
	const struct masu_engine_options options = {
		.size = sizeof(options), .notice = print_notice, .no_sweep = true};
	int r = cli_check_format(o->format, err);

	if (r == 0)
		r = masu_engine_open(&options, &e, err);
	if (r == 0)
		r = engine_info(e, &facts, err);
	if (r < 0)
		return r;
	if (o->format && streq(o->format, "json"))
		return print_facts_json(&facts, err);
	print_text(&facts);
	return 0;
}

static const struct option_row info_options[] = {
	OPTION_ROW(OPTION_STRING, struct info_options, format, 'f', "format", "json", "print JSON"),
	{0},
};

const struct command command_info = {
	.name = "info",
	.operands = "",
	.summary = "Show what this host has, and what to do about what is missing",
	.options = info_options,
	.values_size = sizeof(struct info_options),
	.run = info_run,
};
