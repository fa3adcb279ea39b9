/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

#define COMMAND_WIDTH 30

struct ps_options {
	struct list_options list;
	bool all;
};

/* "Up 5 minutes", "Exited (1) 3 hours ago" */
static void status_text(const masu_container *c, int64_t now, char *buffer, size_t size)
{
	int64_t finished = masu_container_finished(c);
	char ago[TIME_STAMP_MAX];
	size_t length;

	switch (masu_container_status(c)) {
	case MASU_STATUS_RUNNING:
	case MASU_STATUS_PAUSED:
		(void)time_ago(masu_container_started(c), now, ago);
		length = strlen(ago);
		(void)snprintf(buffer, size, "Up %.*s%s",
			       (int)(str_has_suffix(ago, " ago") ? length - 4 : length), ago,
			       masu_container_status(c) == MASU_STATUS_PAUSED ? " (Paused)" : "");
		return;
	case MASU_STATUS_EXITED:
		(void)snprintf(buffer, size, "Exited (%d)%s%s", masu_container_exit_code(c),
			       finished ? " " : "", finished ? time_ago(finished, now, ago) : "");
		return;
	default:
		(void)snprintf(buffer, size, "%s", masu_status_name(masu_container_status(c)));
		buffer[0] = (char)(buffer[0] - 'a' + 'A');
	}
}

static int add_command(struct table *t, const masu_container *c, bool whole)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int n = 0;

	STRV_FOREACH(word, masu_container_entrypoint(c))
		if (n == 0)
			n = strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	STRV_FOREACH(word, masu_container_command(c))
		if (n == 0)
			n = strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	if (n < 0)
		return n;
	const char *text = b.text ? b.text : "";
	if (whole || strlen(text) <= COMMAND_WIDTH)
		return table_add(t, "%s", text);
	return table_add(t, "%.*s...", COMMAND_WIDTH - 3, text);
}

static int add_port(struct strbuf *b, const struct masu_port *p)
{
	bool v6 = strchr(p->host_ip, ':');

	return strbuf_addf(b, "%s%s%s%s:%u->%u/%s", b->length ? ", " : "", v6 ? "[" : "",
			   p->host_ip, v6 ? "]" : "", p->host_port, p->container_port,
			   p->udp ? "udp" : "tcp");
}

/* "0.0.0.0:8080->80/tcp, ..." */
static int add_ports(struct table *t, const masu_container *c)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct masu_port port = {.size = sizeof(port)};

	for (size_t i = 0; masu_container_port(c, i, &port) == 0; i++)
		if (add_port(&b, &port) < 0)
			return -ENOMEM;
	return table_add(t, "%s", b.text ? b.text : "");
}

static int add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const masu_container *c = item;
	const char *id = masu_container_id(c);
	char ago[TIME_STAMP_MAX], status[64];
	int n = table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);

	status_text(c, now, status, sizeof(status));
	if (n == 0)
		n = table_add(t, "%s", masu_container_image(c));
	if (n == 0)
		n = add_command(t, c, whole);
	if (n == 0)
		n = table_add(t, "%s", time_ago(masu_container_created(c), now, ago));
	if (n == 0)
		n = table_add(t, "%s", status);
	if (n == 0)
		n = add_ports(t, c);
	return n == 0 ? table_add(t, "%s", masu_container_name(c)) : n;
}

static const void *get_container(const void *list, size_t index)
{
	return masu_container_list_get(list, index);
}

static int container_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_container_summary(item, &text, err);

	return r < 0 ? r : list_parse(text, ret, err);
}

static const char *container_id(const void *item)
{
	return masu_container_id(item);
}

static const char *const titles[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
				     "STATUS",	     "PORTS", "NAMES"};
static const char *const fields[] = {"ID",     "Image", "Command", "RunningFor",
				     "Status", "Ports", "Names"};
static const struct list_view containers_view = {
	.what = "the containers",
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_container,
	.add_row = add_row,
	.to_json = container_json,
	.id = container_id,
};

static int ps_run(const void *values, char **operands, struct masu_error *err)
{
	const struct ps_options *o = values;
	const struct masu_list_options options = {.size = sizeof(options), .all = o->all};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, true, err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = masu_container_list_read(e, &options, &list, err);
	return r < 0 ? r
		     : list_print(&containers_view, &o->list, list, masu_container_list_count(list),
				  err);
}

static const struct option_row ps_options[] = {
	OPTION_ROW(OPTION_FLAG, struct ps_options, all, 'a', "all", NULL,
		   "list all containers, not only running ones"),
	OPTION_ROW(OPTION_STRING, struct ps_options, list.format, 0, "format", "FORMAT",
		   "json, table or a template: masu-format(7)"),
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
