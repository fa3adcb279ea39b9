/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/container-filter.h"
#include "cli/filter.h"
#include "cli/list.h"

#define COMMAND_WIDTH 30

#define CLEAR_SCREEN  "\033[2J\033[H"

struct ps_options {
	struct list_options list;
	struct masu_list_options filter;
	bool latest, size;
	unsigned int interval_s; /* 0: once */
};

/* One of its ports shows it; all are on demand then. */
static bool is_on_demand(const masu_container *c)
{
	struct masu_port port = {.size = sizeof(port)};

	return masu_container_port(c, 0, &port) == 0 && port.on_demand_s;
}

/* " (healthy)", "" */
static const char *health_text(const masu_container *c)
{
	static const char *const texts[] = {
		[MASU_HEALTH_NONE] = "",
		[MASU_HEALTH_STARTING] = " (health: starting)",
		[MASU_HEALTH_HEALTHY] = " (healthy)",
		[MASU_HEALTH_UNHEALTHY] = " (unhealthy)",
	};

	return masu_container_status(c) == MASU_STATUS_PAUSED ? " (Paused)"
							      : texts[masu_container_health(c)];
}

/* "Up 5 minutes", "Exited (1) 3 hours ago" */
static void status_text(const masu_container *c, int64_t now, char *buffer, size_t size)
{
	int64_t finished = masu_container_finished(c);
	char ago[TIME_STAMP_MAX];
	size_t length;

	switch (masu_container_status(c)) {
	case MASU_STATUS_ON_DEMAND:
		(void)snprintf(buffer, size, "On demand");
		return;
	case MASU_STATUS_RUNNING:
	case MASU_STATUS_PAUSED:
		if (masu_container_status(c) == MASU_STATUS_PAUSED && is_on_demand(c)) {
			(void)snprintf(buffer, size, "On demand (Paused)");
			return;
		}
		(void)time_ago(masu_container_started(c), now, ago);
		length = strlen(ago);
		(void)snprintf(buffer, size, "Up %.*s%s",
			       (int)(str_has_suffix(ago, " ago") ? length - 4 : length), ago,
			       health_text(c));
		return;
	case MASU_STATUS_EXITED:
	case MASU_STATUS_RESTARTING:
		(void)snprintf(buffer, size, "%s (%d)%s%s",
			       masu_container_status(c) == MASU_STATUS_EXITED ? "Exited"
									      : "Restarting",
			       masu_container_exit_code(c), finished ? " " : "",
			       finished ? time_ago(finished, now, ago) : "");
		return;
	default:
		(void)snprintf(buffer, size, "%s", masu_status_name(masu_container_status(c)));
		buffer[0] = (char)(buffer[0] - 'a' + 'A');
	}
}

static void add_command(struct table *t, const masu_container *c, bool whole)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	STRV_FOREACH(word, masu_container_entrypoint(c))
		(void)strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	STRV_FOREACH(word, masu_container_command(c))
		(void)strbuf_addf(&b, "%s%s", b.length ? " " : "", *word);
	t->failed |= b.failed;
	const char *text = str_or_empty(b.text);
	if (whole || strlen(text) <= COMMAND_WIDTH)
		table_add(t, "%s", text);
	else
		table_add(t, "%.*s...", COMMAND_WIDTH - 3, text);
}

static void add_port(struct strbuf *b, const struct masu_port *p)
{
	bool v6 = strchr(p->host_ip, ':');

	(void)strbuf_addf(b, "%s%s%s%s:%u->%u/%s", b->length ? ", " : "", v6 ? "[" : "", p->host_ip,
			  v6 ? "]" : "", p->host_port, p->container_port, p->udp ? "udp" : "tcp");
}

/* Those of a running container that it exposes and does not publish: "80/tcp", "90-95/udp". */
static void add_exposed_ports(struct strbuf *b, const masu_container *c)
{
	struct masu_exposed_ports p = {.size = sizeof(p)};
	char last[8] = "";

	for (size_t i = 0; masu_container_exposed(c, i, &p) == 0 && !p.published; i++) {
		(void)snprintf(last, sizeof(last), "-%u", p.last);
		(void)strbuf_addf(b, "%s%u%s/%s", b->length ? ", " : "", p.first,
				  p.last > p.first ? last : "", p.udp ? "udp" : "tcp");
	}
}

/* "0.0.0.0:8080->80/tcp, ..., 443/tcp" */
static void add_ports(struct table *t, const masu_container *c)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	struct masu_port port = {.size = sizeof(port)};

	for (size_t i = 0; masu_container_port(c, i, &port) == 0; i++)
		add_port(&b, &port);
	if (masu_container_pid(c))
		add_exposed_ports(&b, c);
	t->failed |= b.failed;
	table_add(t, "%s", str_or_empty(b.text));
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const masu_container *c = item;
	const char *id = masu_container_id(c);
	char ago[TIME_STAMP_MAX], status[64];

	status_text(c, now, status, sizeof(status));
	table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	table_add(t, "%s", masu_container_image(c));
	add_command(t, c, whole);
	table_add(t, "%s", time_ago(masu_container_created(c), now, ago));
	table_add(t, "%s", status);
	add_ports(t, c);
	table_add(t, "%s", masu_container_name(c));
}

/* "1.2 kB (virtual 4.2 MB)"; "?" for files that cannot be read. */
static void add_row_with_size(struct table *t, const void *item, bool whole, int64_t now)
{
	char written[STR_SIZE_MAX], total[STR_SIZE_MAX];
	uint64_t written_bytes, total_bytes;

	add_row(t, item, whole, now);
	if (masu_container_size(item, &written_bytes, &total_bytes, NULL) < 0)
		table_add(t, "?");
	else
		table_add(t, "%s (virtual %s)", str_size(written_bytes, written),
			  str_size(total_bytes, total));
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

/* Orders: containers that are equal stand in the order of their names. */

static const masu_container *at(const void *item)
{
	return *(const masu_container *const *)item;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(masu_container_name(at(a)), masu_container_name(at(b)));
}

static int compare_texts(const char *x, const char *y, const void *a, const void *b)
{
	int r = strcmp(x, y);

	return r ? r : compare_names(a, b);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(masu_container_id(at(a)), masu_container_id(at(b)));
}

static int compare_images(const void *a, const void *b)
{
	return compare_texts(masu_container_image(at(a)), masu_container_image(at(b)), a, b);
}

static int compare_status(const void *a, const void *b)
{
	return compare_texts(masu_status_name(masu_container_status(at(a))),
			     masu_status_name(masu_container_status(at(b))), a, b);
}

static const char *first_word(const masu_container *c)
{
	char *const *words = masu_container_entrypoint(c);

	if (!words || !*words)
		words = masu_container_command(c);
	return words && *words ? *words : "";
}

static int compare_commands(const void *a, const void *b)
{
	return compare_texts(first_word(at(a)), first_word(at(b)), a, b);
}

/* The newest first. */
static int compare_times(int64_t x, int64_t y, const void *a, const void *b)
{
	return x == y ? compare_names(a, b) : x < y ? 1 : -1;
}

static int compare_created(const void *a, const void *b)
{
	return compare_times(masu_container_created(at(a)), masu_container_created(at(b)), a, b);
}

static int compare_started(const void *a, const void *b)
{
	return compare_times(masu_container_started(at(a)), masu_container_started(at(b)), a, b);
}

static const struct list_order orders[] = {
	{"command", compare_commands}, {"created", compare_created},
	{"id", compare_ids},	       {"image", compare_images},
	{"names", compare_names},      {"runningfor", compare_started},
	{"status", compare_status},    {0},
};

static const char *const titles[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
				     "STATUS",	     "PORTS", "NAMES",	 "SIZE"};
static const char *const fields[] = {"ID",     "Image", "Command", "RunningFor",
				     "Status", "Ports", "Names",   "Size"};
static const struct list_view containers_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles) - 1,
	.get = get_container,
	.add_row = add_row,
	.to_json = container_json,
	.id = container_id,
	.orders = orders,
};

/* With the last column. */
static const struct list_view sizes_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_container,
	.add_row = add_row_with_size,
	.to_json = container_json,
	.id = container_id,
	.orders = orders,
};

static const struct list_view *view_of(const struct ps_options *o)
{
	return o->size ? &sizes_view : &containers_view;
}

/* -1 is docker's default: all that pass the other options. */
static int parse_last(const char *text, void *field, struct masu_error *err)
{
	uint64_t n = 0;

	if (!streq(text, "-1") && str_to_uint64(text, SIZE_MAX, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of containers");
	*(size_t *)field = (size_t)n;
	return 0;
}

static int parse_interval(const char *text, void *field, struct masu_error *err)
{
	uint64_t seconds;

	if (str_to_uint64(text, 86400, &seconds) < 0 || seconds == 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of seconds, 1 or more");
	*(unsigned int *)field = (unsigned int)seconds;
	return 0;
}

static int print_once(masu_engine *e, const struct ps_options *o, struct masu_error *err)
{
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	struct masu_list_options filter = o->filter;

	filter.size = sizeof(filter);
	if (o->latest)
		filter.last = 1;
	int r = masu_container_list_read(e, &filter, &list, err);
	if (r < 0)
		return r;
	if (o->interval_s)
		(void)fputs(CLEAR_SCREEN, stdout);
	return list_print(view_of(o), &o->list, list, masu_container_list_count(list), err);
}

static int ps_run(const void *values, char **operands, struct masu_error *err)
{
	const struct ps_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = list_check(view_of(o), &o->list, err);

	if (r == 0 && o->latest && o->filter.last)
		r = err_set(err, ERR_INVALID, EINVAL, "--latest and --last exclude each other");
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r < 0)
		return r;
	r = print_once(e, o, err);
	while (r == 0 && o->interval_s && fflush(stdout) == 0) {
		(void)sleep(o->interval_s);
		r = print_once(e, o, err);
	}
	return r;
}

static const struct option_row ps_options[] = {
	OPTION_ROW(OPTION_FLAG, struct ps_options, filter.all, 'a', "all", NULL,
		   "List all containers, not only running ones"),
	OPTION_ROW_FILTER(container_filters, struct ps_options, filter, 'f',
			  "List only containers for which this holds"),
	OPTION_ROW(OPTION_STRING, struct ps_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW_PARSE(parse_last, struct ps_options, filter.last, 'n', "last", "NUMBER",
			 "List so many of the newest containers, running or not"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, latest, 'l', "latest", NULL,
		   "List the newest container, running or not"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, list.no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids and commands"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, list.no_heading, 0, "noheading", NULL,
		   "Print no titles"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, list.quiet, 'q', "quiet", NULL,
		   "Print ids only"),
	OPTION_ROW(OPTION_FLAG, struct ps_options, size, 's', "size", NULL,
		   "Print the sizes of files, written ones and with the image"),
	OPTION_ROW(OPTION_STRING, struct ps_options, list.sort, 0, "sort", "ORDER",
		   "Sort by command, created, id, image, names, runningfor or status"),
	OPTION_ROW_PARSE(parse_interval, struct ps_options, interval_s, 'w', "watch", "SECONDS",
			 "Print the list again and again, in this interval"),
	{0},
};

static const struct refused_option refused[] = {
	{"external", "the store has no containers of other tools", NULL},
	{"namespace", "inspect has the process, whose namespaces /proc shows",
	 "masu inspect --format '{{.State.Pid}}' NAME; lsns -p PID"},
	{"ns", "inspect has the process, whose namespaces /proc shows",
	 "masu inspect --format '{{.State.Pid}}' NAME; lsns -p PID"},
	{"pod", "masu has no pods", NULL},
	{"sync", "the list is always that of the processes", NULL},
	{0},
};

const struct command command_ps = {
	.name = "ps",
	.operands = "",
	.summary = "List containers",
	.options = ps_options,
	.refused = refused,
	.values_size = sizeof(struct ps_options),
	.run = ps_run,
};
