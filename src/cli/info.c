/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/format.h"

#define NAME_WIDTH 22

struct info_options {
	const char *format;
};

static void print_fact(const char *name, struct json_object *fact)
{
	struct json_object *remedy = json_object_object_get(fact, "remedy");

	(void)printf("  %-*s %s\n", NAME_WIDTH, name,
		     json_object_get_string(json_object_object_get(fact, "value")));
	if (remedy)
		(void)printf("  %-*s -> %s\n", NAME_WIDTH, "", json_object_get_string(remedy));
}

static void print_text(struct json_object *doc)
{
	(void)printf("masu %s\n", masu_version());
	json_object_object_foreach(doc, section, facts) {
		if (!json_object_is_type(facts, json_type_object))
			continue; /* the version */
		(void)printf("%s\n", section);
		json_object_object_foreach(facts, name, fact)
			print_fact(name, fact);
	}
}

/* Repeated or not: the user asks for the state of the host. */
static void print_notice(void *userdata, const char *text, bool repeated)
{
	log_notice("%s", text);
}

static int info_run(const void *values, char **operands, struct masu_error *err)
{
	static const struct masu_engine_options options = {
		.size = sizeof(options), .notice = print_notice, .no_sweep = true};
	const struct info_options *o = values;
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *text = NULL;
	int r = format_check(o->format, false, err);

	if (r < 0)
		return r;
	r = masu_engine_open(&options, &e, err);
	if (r < 0)
		return r;
	r = masu_engine_info(e, &text, err);
	if (r < 0)
		return r;
	r = json_parse(text, strlen(text), "the facts", &doc, err);
	if (r < 0)
		return r;
	if (o->format)
		return format_document(o->format, doc, err);
	print_text(doc);
	return 0;
}

static const struct option_row info_options[] = {
	OPTION_ROW(OPTION_STRING, struct info_options, format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	{0},
};

const struct command command_info = {
	.name = "info",
	.operands = "",
	.summary = "Show the features of this host, and remedies for missing ones",
	.options = info_options,
	.values_size = sizeof(struct info_options),
	.run = info_run,
};
