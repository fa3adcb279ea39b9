/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "engine/inspect.h"
#include "engine/list.h"

#define COMMAND_WIDTH 30

struct ps_options {
	bool all, quiet, no_trunc;
	const char *format;
};

/* "Up 5 minutes", "Exited (1) 3 hours ago" */
static void status_text(const struct state *s, int64_t now, char *buffer, size_t size)
{
	char ago[TIME_STAMP_MAX];
	size_t length;

	switch (s->status) {
	case STATUS_RUNNING:
		(void)time_ago(s->started_ns, now, ago);
		length = strlen(ago);
		(void)snprintf(buffer, size, "Up %.*s",
			       (int)(str_has_suffix(ago, " ago") ? length - 4 : length), ago);
		return;
	case STATUS_EXITED:
		(void)snprintf(buffer, size, "Exited (%d)%s%s", s->exit_code,
			       s->finished_ns ? " " : "",
			       s->finished_ns ? time_ago(s->finished_ns, now, ago) : "");
		return;
	default:
		(void)snprintf(buffer, size, "%s", status_name(s->status));
		buffer[0] = (char)(buffer[0] - 'a' + 'A');
	}
}

static int add_command(struct table *t, const struct record *r, bool whole)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int n = 0;

	STRV_FOREACH(word, r->entrypoint)
		if (n == 0)
			n = strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	STRV_FOREACH(word, r->command)
		if (n == 0)
			n = strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	if (n < 0)
		return n;
	const char *text = b.text ? b.text : "";
	if (whole || strlen(text) <= COMMAND_WIDTH)
		return table_add(t, "%s", text);
	return table_add(t, "%.*s...", COMMAND_WIDTH - 3, text);
}

static int add_ports(struct table *t, const struct port_list *ports)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < ports->n; i++) {
		_cleanup_free_ char *text = port_to_string(&ports->item[i]);

		if (!text || strbuf_addf(&b, "%s%s", i ? ", " : "", text) < 0)
			return -ENOMEM;
	}
	return table_add(t, "%s", b.text ? b.text : "");
}

static int add_row(struct table *t, const struct listed *l, bool whole, int64_t now)
{
	char ago[TIME_STAMP_MAX], status[64];
	int n = table_add(t, "%.*s", whole ? ID_LENGTH : ID_SHORT_LENGTH, l->id);

	status_text(&l->state, now, status, sizeof(status));
	if (n == 0)
		n = table_add(t, "%s",
			      l->record.image_name ? l->record.image_name : l->record.image);
	if (n == 0)
		n = add_command(t, &l->record, whole);
	if (n == 0)
		n = table_add(t, "%s", time_ago(l->record.created_ns, now, ago));
	if (n == 0)
		n = table_add(t, "%s", status);
	if (n == 0)
		n = add_ports(t, &l->state.run.ports);
	return n == 0 ? table_add(t, "%s", l->record.name) : n;
}

static int print_table(const struct listing *list, bool whole, struct err *err)
{
	static const char *const titles[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
					     "STATUS",	     "PORTS", "NAMES"};
	_cleanup_table_ struct table t = {.columns = ARRAY_SIZE(titles)};
	int64_t now = time_now();
	int n = 0;

	for (size_t i = 0; n == 0 && i < ARRAY_SIZE(titles); i++)
		n = table_add(&t, "%s", titles[i]);
	for (size_t i = 0; n == 0 && i < list->n; i++)
		n = add_row(&t, &list->item[i], whole, now);
	if (n < 0)
		return err_sys(err, n, "print the containers");
	table_print(&t);
	return 0;
}

static int print_json(const struct listing *list, struct err *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++) {
		struct json_object *o = NULL;
		int r = inspect_summary(&list->item[i], &o, err);

		if (r < 0)
			return r;
		if (!array || json_object_array_add(array, o) < 0) {
			json_putp(&o);
			return err_sys(err, ENOMEM, "print the containers");
		}
	}
	return cli_print_json(array, err);
}

static int ps_run(const void *values, char **operands, struct err *err)
{
	const struct ps_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	_cleanup_listing_ struct listing list = {0};
	int r = cli_check_format(o->format, err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = engine_list(&e, o->all, &list, err);
	if (r < 0)
		return r;
	if (o->format && streq(o->format, "json"))
		return print_json(&list, err);
	if (!o->quiet)
		return print_table(&list, o->no_trunc, err);
	for (size_t i = 0; i < list.n; i++)
		(void)printf("%.*s\n", o->no_trunc ? ID_LENGTH : ID_SHORT_LENGTH, list.item[i].id);
	return 0;
}

static const struct option_row ps_options[] = {
	OPTION_ROW(OPTION_FLAG, struct ps_options, all, 'a', "all", NULL,
		   "not only those that run"),
	OPTION_ROW(OPTION_STRING, struct ps_options, format, 0, "format", "json", "print JSON"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, no_trunc, 0, "no-trunc", NULL,
		   "whole ids and commands"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, quiet, 'q', "quiet", NULL, "ids alone"),
	{0},
};

const struct command command_ps = {
	.name = "ps",
	.operands = "",
	.summary = "List containers",
	.options = ps_options,
	.values_size = sizeof(struct ps_options),
	.run = ps_run,
};
