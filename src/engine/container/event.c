/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "storage/event-log.h"

#define FILE_MAX (2u << 20) /* of each of the log's two files */

const char *masu_event_type_name(enum masu_event_type type)
{
	static const char *const names[] = {[MASU_EVENT_CONTAINER] = "container",
					    [MASU_EVENT_IMAGE] = "image",
					    [MASU_EVENT_VOLUME] = "volume"};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

char *event_log_path(const struct masu_engine *e)
{
	return paths_data(&e->paths, "events");
}

static struct json_object *build(const struct masu_event *event, const struct oci_map *labels)
{
	struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_int(&b, o, "time", time_now());
	build_text(&b, o, "type", masu_event_type_name(event->type));
	build_text(&b, o, "action", event->action);
	build_text(&b, o, "id", event->id);
	build_text(&b, o, "name", event->name);
	build_text(&b, o, "image", event->image);
	build_text(&b, o, "execId", event->exec_id);
	if (event->has_exit_code)
		build_int(&b, o, "exitCode", event->exit_code);
	build_true(&b, o, "oomKilled", event->oom_killed);
	if (event->signal)
		build_int(&b, o, "signal", event->signal);
	build_text(&b, o, "oldName", event->old_name);
	build_text(&b, o, "health", event->health);
	build_text(&b, o, "error", event->error);
	if (labels && labels->n)
		build_map(&b, o, "labels", labels);
	if (!b.failed)
		return o;
	(void)json_object_put(o);
	return NULL;
}

static int append(const struct masu_engine *e, const struct masu_event *event,
		  const struct oci_map *labels)
{
	_cleanup_json_ struct json_object *o = build(event, labels);
	_cleanup_free_ char *dir = event_log_path(e);
	const char *text = o ? json_text(o, false) : NULL;

	return text && dir ? event_log_append(dir, FILE_MAX, text) : -ENOMEM;
}

static void write_event(const struct masu_engine *e, const struct masu_event *event,
			const struct oci_map *labels)
{
	_cleanup_free_ char *notice = NULL;
	int r = append(e, event, labels);

	if (r == -EMSGSIZE && labels)
		r = append(e, event, NULL);
	if (r == 0)
		return;
	const char *object = event->name ? event->name : event->id;
	if (asprintf(&notice, "cannot record event \"%s\" of %s \"%s\": %s", event->action,
		     masu_event_type_name(event->type), str_or_empty(object), strerror(-r)) < 0)
		notice = NULL;
	engine_notice(e, notice);
}

void event_write(const struct masu_engine *e, const struct masu_event *event)
{
	write_event(e, event, NULL);
}

void event_container(const masu_container *c, const struct masu_event *event)
{
	struct masu_event own = *event;

	own.type = MASU_EVENT_CONTAINER;
	own.id = c->home.id;
	own.name = c->record.name;
	own.image = c->record.image_name ? c->record.image_name : c->record.image;
	write_event(c->engine, &own, &c->record.labels);
}

void event_volume(const struct masu_engine *e, const char *action, const char *name)
{
	event_write(
		e, &(struct masu_event){.type = MASU_EVENT_VOLUME, .action = action, .name = name});
}
