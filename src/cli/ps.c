/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/list.h"
#include "engine/inspect.h"
#include "engine/list.h"

#define COMMAND_WIDTH 30

struct ps_options {
	struct list_options list;
	bool all;
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

static int add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct listed *l = item;
	char ago[TIME_STAMP_MAX], status[64];
	int n = table_add(t, "%.*s", whole ? ID_LENGTH : LIST_ID_SHORT, l->id);

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

static int container_json(const void *item, struct json_object **ret, struct err *err)
{
	return inspect_summary(item, ret, err);
}

static const char *container_id(const void *item)
{
	const struct listed *l = item;

	return l->id;
}

static const char *const titles[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
				     "STATUS",	     "PORTS", "NAMES"};
static const struct list_view containers_view = {
	.what = "the containers",
	.titles = titles,
	.columns = ARRAY_SIZE(titles),
	.add_row = add_row,
	.to_json = container_json,
	.id = container_id,
};

static int ps_run(const void *values, char **operands, struct err *err)
{
	const struct ps_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	_cleanup_listing_ struct listing list = {0};
	int r = cli_check_format(o->list.format, err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = engine_list(&e, o->all, &list, err);
	return r < 0 ? r
		     : list_print(&containers_view, &o->list, list.item, list.n, sizeof(*list.item),
				  err);
}

static const struct option_row ps_options[] = {
	OPTION_ROW(OPTION_FLAG, struct ps_options, all, 'a', "all", NULL,
		   "not only those that run"),
	OPTION_ROW(OPTION_STRING, struct ps_options, list.format, 0, "format", "json",
		   "print JSON"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, list.no_trunc, 0, "no-trunc", NULL,
		   "whole ids and commands"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, list.quiet, 'q', "quiet", NULL, "ids alone"),
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
