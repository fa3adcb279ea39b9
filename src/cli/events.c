/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/option-values.h"
#include "cli/print.h"

#define ID_SHORT 12

struct events_options {
	struct masu_events_options events;
	const char *format;
	bool no_trunc;
};

static const struct filter_row events_filters[] = {
	FILTER_ROW("container", FILTER_LIST, struct masu_events_options, containers),
	FILTER_ROW("event", FILTER_LIST, struct masu_events_options, actions),
	FILTER_ROW("image", FILTER_LIST, struct masu_events_options, images),
	FILTER_ROW("label", FILTER_LIST, struct masu_events_options, labels),
	FILTER_ROW("type", FILTER_LIST, struct masu_events_options, types),
	FILTER_ROW("volume", FILTER_LIST, struct masu_events_options, volumes),
	{0},
};

/* Without limits: the further events, or without them those that there are. */
static int open_events(masu_engine *e, const struct events_options *o, masu_events **ret,
		       struct masu_error *err)
{
	struct masu_events_options options = o->events;

	if (options.follow && !options.since && !options.until)
		options.since = -1;
	return masu_events_new(e, &options, ret, err);
}

/* After the labels, which do not replace attributes of their name. */
static void add_attributes(struct json_build *b, struct json_object *o,
			   const struct masu_event *event)
{
	char number[16];

	STRV_FOREACH(label, event->labels) {
		_cleanup_free_ char *key = strndup(*label, strcspn(*label, "="));

		if (key)
			build_text(b, o, key, *label + strlen(key) + 1);
		b->failed |= !key;
	}
	build_text(b, o, "execID", event->exec_id);
	if (event->signal) {
		(void)snprintf(number, sizeof(number), "%d", event->signal);
		build_text(b, o, "signal", number);
	}
	if (event->oom_killed)
		build_text(b, o, "oomKilled", "true");
	build_text(b, o, "oldName", event->old_name);
	build_text(b, o, "health_status", event->health);
	build_text(b, o, "error", event->error);
}

/* The same event by docker's members. */
static void add_actor(struct json_build *b, struct json_object *o, const struct masu_event *event)
{
	struct json_object *actor = build_object(b, o, "Actor");
	const char *id = event->id ? event->id : event->name;
	char number[16];

	build_text(b, o, "Action", event->action);
	build_text(b, actor, "ID", str_or_empty(id));
	struct json_object *attributes = build_object(b, actor, "Attributes");
	add_attributes(b, attributes, event);
	build_text(b, attributes, "name", event->name);
	build_text(b, attributes, "image", event->image);
	if (event->has_exit_code) {
		(void)snprintf(number, sizeof(number), "%d", event->exit_code);
		build_text(b, attributes, "exitCode", number);
	}
}

static int print_document(const char *format, const struct masu_event *event,
			  struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "Type", masu_event_type_name(event->type));
	build_text(&b, o, "Status", event->action);
	build_text(&b, o, "ID", str_or_empty(event->id));
	build_text(&b, o, "Name", str_or_empty(event->name));
	build_text(&b, o, "Image", str_or_empty(event->image));
	if (event->has_exit_code)
		build_int(&b, o, "ContainerExitCode", event->exit_code);
	build_int(&b, o, "time", event->time / 1000000000);
	build_int(&b, o, "timeNano", event->time);
	add_attributes(&b, build_object(&b, o, "Attributes"), event);
	add_actor(&b, o, event);
	if (b.failed)
		return err_oom(err);
	return format_is_json(format) ? print_json(o, false, err) : format_print(format, o, err);
}

/* "2026-11-30 01:02:03.000000004 +0100 CET", local time */
static int add_time(struct strbuf *b, int64_t ns)
{
	const time_t seconds = ns / 1000000000;
	char day[32], zone[32];
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return strbuf_addf(b, "%lld", (long long)ns);
	(void)strftime(day, sizeof(day), "%F %T", &tm);
	(void)strftime(zone, sizeof(zone), "%z %Z", &tm);
	return strbuf_addf(b, "%s.%09lld %s", day, (long long)(ns % 1000000000), zone);
}

/* "(image=hello, name=web, exitCode=0, KEY=VALUE)" of a container; the name of others. */
static void add_details(struct strbuf *b, const struct masu_event *event)
{
	if (event->type != MASU_EVENT_CONTAINER) {
		if (event->name)
			(void)strbuf_addf(b, " %s", event->name);
		return;
	}
	(void)strbuf_addf(b, " (image=%s, name=%s", str_or_empty(event->image),
			  str_or_empty(event->name));
	if (event->has_exit_code)
		(void)strbuf_addf(b, ", exitCode=%d", event->exit_code);
	if (event->oom_killed)
		(void)strbuf_addf(b, ", oomKilled=true");
	if (event->signal)
		(void)strbuf_addf(b, ", signal=%d", event->signal);
	if (event->exec_id)
		(void)strbuf_addf(b, ", execID=%s", event->exec_id);
	if (event->old_name)
		(void)strbuf_addf(b, ", oldName=%s", event->old_name);
	if (event->health)
		(void)strbuf_addf(b, ", health_status=%s", event->health);
	if (event->error)
		(void)strbuf_addf(b, ", error=%s", event->error);
	STRV_FOREACH(label, event->labels)
		(void)strbuf_addf(b, ", %s", *label);
	(void)strbuf_add(b, ")", 1);
}

static int print_line(const struct masu_event *event, bool whole, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = add_time(&b, event->time);

	if (r < 0)
		return err_sys(err, r, "print an event");
	(void)strbuf_addf(&b, " %s %s", masu_event_type_name(event->type), event->action);
	if (event->id)
		(void)strbuf_addf(&b, " %.*s", whole ? (int)strlen(event->id) : ID_SHORT,
				  event->id);
	add_details(&b, event);
	if (b.failed)
		return err_oom(err);
	str_disarm(b.text, false);
	return puts(b.text) == EOF ? err_sys(err, errno, "print an event") : 0;
}

static void events_init(void *values)
{
	*(struct events_options *)values = (struct events_options){
		.events = {.size = sizeof(struct masu_events_options), .follow = true},
		.no_trunc = true};
}

static int events_run(const void *values, char **operands, struct masu_error *err)
{
	const struct events_options *o = values;
	_cleanup_(masu_events_freep) masu_events *events = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	struct masu_event event = {.size = sizeof(event)};
	int r = format_check(o->format, false, err);

	if (r < 0)
		return r;
	r = cli_engine(&e, err); /* with the ends of containers whose supervisors were killed */
	if (r < 0)
		return r;
	r = open_events(e, o, &events, err);
	if (r < 0)
		return r;
	while ((r = masu_events_next(events, -1, &event, err)) > 0) {
		r = o->format ? print_document(o->format, &event, err)
			      : print_line(&event, o->no_trunc, err);
		if (r == 0 && fflush(stdout) == EOF) /* the next event may take long */
			r = err_sys(err, errno, "print an event");
		if (r < 0)
			return r == -EPIPE ? 0 : r; /* "| head" has seen enough */
	}
	return r;
}

static const struct option_row events_options[] = {
	OPTION_ROW_FILTER(
		events_filters, struct events_options, events, 'f',
		"Print only events of this container, event, image, label, type or volume"),
	OPTION_ROW(OPTION_STRING, struct events_options, format, 0, "format", "FORMAT",
		   "Print each event as a line of JSON, or by a Go template"),
	OPTION_ROW(OPTION_FLAG, struct events_options, no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids (default)"),
	OPTION_ROW_PARSE(option_time, struct events_options, events.since, 0, "since", "TIME",
			 "Print events from this time on, or from so long ago: 1h30m"),
	OPTION_ROW(OPTION_FLAG, struct events_options, events.follow, 0, "stream", NULL,
		   "Wait for further events (default); --stream=false ends after the last one"),
	OPTION_ROW_PARSE(option_time, struct events_options, events.until, 0, "until", "TIME",
			 "Print events up to this time, and end then"),
	{0},
};

const struct command command_events = {
	.name = "events",
	.operands = "",
	.summary = "Print events of containers, images and volumes",
	.options = events_options,
	.values_size = sizeof(struct events_options),
	.init = events_init,
	.run = events_run,
};
