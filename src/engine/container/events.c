/* SPDX-License-Identifier: Apache-2.0 */

/* Reading events: the records of the store's log (storage/event-log.h) that pass the filters. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/event.h"
#include "engine/options.h"
#include "image/reference.h"
#include "storage/event-log.h"

struct masu_events {
	struct masu_engine *e;
	int64_t since, until;
	bool follow;
	char **types, **actions, **containers, **images, **volumes, **labels;
	struct event_log log;
	int timer;		    /* `until` in the future, or -1 */
	int poll;		    /* epoll: the log's changes and the timer; -1: not followed */
	bool over;		    /* the timer has expired */
	struct json_object *record; /* of the last event, with its strings */
	struct oci_map record_labels;
	char **label_pairs; /* the same, as the caller gets them */
};

/* masu's words, which are podman's, each behind docker's. */
static const struct {
	const char *word, *own;
} actions[] = {
	{"attach", NULL},
	{"commit", NULL},
	{"create", NULL},
	{"delete", "remove"},
	{"destroy", "remove"},
	{"die", "died"},
	{"died", NULL},
	{"exec", NULL},
	{"exec_create", "exec"},
	{"exec_die", "exec_died"},
	{"exec_died", NULL},
	{"exec_start", "exec"},
	{"export", NULL},
	{"health_status", NULL},
	{"import", NULL},
	{"init", NULL},
	{"kill", NULL},
	{"load", "loadfromarchive"},
	{"loadfromarchive", NULL},
	{"pause", NULL},
	{"prune", NULL},
	{"pull", NULL},
	{"push", NULL},
	{"remove", NULL},
	{"rename", NULL},
	{"restart", NULL},
	{"save", NULL},
	{"start", NULL},
	{"start_failed", NULL},
	{"stop", NULL},
	{"tag", NULL},
	{"unpause", NULL},
	{"untag", NULL},
	{"update", NULL},
};

void masu_events_free(masu_events *v)
{
	if (!v)
		return;
	char **lists[] = {v->types,   v->actions, v->containers, v->images,
			  v->volumes, v->labels,  v->label_pairs};
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_free(lists[i]);
	json_putp(&v->record);
	oci_map_done(&v->record_labels);
	event_log_done(&v->log);
	fd_close(&v->timer);
	fd_close(&v->poll);
	free(v);
}

int masu_events_fd(const masu_events *v)
{
	return v->poll;
}

/* Options. Copies: the caller's lists are borrowed for the time of the call alone. */

static int take_types(masu_events *v, char *const *given, struct masu_error *err)
{
	STRV_FOREACH(type, given) {
		if (!streq(*type, "container") && !streq(*type, "image") && !streq(*type, "volume"))
			return err_set(err, ERR_INVALID, EINVAL,
				       "type \"%s\": must be one of container, image, volume",
				       *type);
		if (strv_push(&v->types, *type) < 0)
			return err_oom(err);
	}
	return 0;
}

static int unknown_action(const char *word, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!actions[i].own &&
		    strbuf_addf(&list, "%s%s", list.length ? ", " : "", actions[i].word) < 0)
			return err_oom(err);
	return err_set(err, ERR_INVALID, EINVAL, "event \"%s\": must be one of %s", word,
		       str_or_empty(list.text));
}

static int take_actions(masu_events *v, char *const *given, struct masu_error *err)
{
	STRV_FOREACH(word, given) {
		size_t i = 0;

		while (i < ARRAY_SIZE(actions) && !streq(actions[i].word, *word))
			i++;
		if (i == ARRAY_SIZE(actions))
			return unknown_action(*word, err);
		if (strv_push(&v->actions, actions[i].own ? actions[i].own : *word) < 0)
			return err_oom(err);
	}
	return 0;
}

/* Each as it was given and, if it is a short name, as the store has it. */
static int take_images(masu_events *v, char *const *given, struct masu_error *err)
{
	STRV_FOREACH(image, given) {
		_cleanup_reference_ struct reference ref = {0};
		_cleanup_free_ char *name = reference_parse(*image, &ref, NULL) < 0
						    ? NULL
						    : reference_to_string(&ref);

		if (strv_push(&v->images, *image) < 0 || (name && strv_push(&v->images, name) < 0))
			return err_oom(err);
	}
	return 0;
}

static int take_options(masu_events *v, const struct masu_events_options *o, struct masu_error *err)
{
	v->since = o->since;
	v->until = o->until ? o->until : INT64_MAX;
	v->follow = o->follow;
	if (strv_extend(&v->containers, o->containers) < 0 ||
	    strv_extend(&v->volumes, o->volumes) < 0 || strv_extend(&v->labels, o->labels) < 0)
		return err_oom(err);
	int r = take_types(v, o->types, err);
	if (r == 0)
		r = take_actions(v, o->actions, err);
	return r < 0 ? r : take_images(v, o->images, err);
}

static int add_poll(const masu_events *v, int fd)
{
	return epoll_ctl(v->poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN}) < 0
		       ? -errno
		       : 0;
}

static int set_timer(masu_events *v)
{
	const struct itimerspec at = {
		.it_value = {.tv_sec = v->until / 1000000000, .tv_nsec = v->until % 1000000000}};

	v->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (v->timer < 0 || timerfd_settime(v->timer, TFD_TIMER_ABSTIME, &at, NULL) < 0)
		return -errno;
	return add_poll(v, v->timer);
}

static int open_poll(masu_events *v)
{
	v->poll = epoll_create1(EPOLL_CLOEXEC);
	if (v->poll < 0)
		return -errno;
	int r = add_poll(v, v->log.changes);
	return r < 0 || v->until == INT64_MAX ? r : set_timer(v);
}

static int open_log(masu_events *v, struct masu_error *err)
{
	_cleanup_free_ char *dir = event_log_path(v->e);

	if (!dir)
		return err_oom(err);
	int r = event_log_open(dir, v->follow, v->since < 0, &v->log);
	if (r == 0 && v->follow)
		r = open_poll(v);
	return r < 0 ? err_sys(err, r, "open the events in '%s'", dir) : 0;
}

int masu_events_new(masu_engine *e, const struct masu_events_options *options, masu_events **ret,
		    masu_error *err)
{
	_cleanup_(masu_events_freep) masu_events *v = calloc(1, sizeof(*v));
	struct masu_events_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!v)
		return err_oom(err);
	*v = (struct masu_events){.e = e, .log = EVENT_LOG_INIT, .timer = -1, .poll = -1};
	r = take_options(v, &o, err);
	if (r < 0)
		return r;
	r = open_log(v, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(v);
	return 0;
}

/* Records */

/* -EBADMSG if a label is not a string. */
static int take_labels(masu_events *v, struct json_object *labels)
{
	oci_map_done(&v->record_labels);
	strv_free(v->label_pairs);
	v->label_pairs = strv_copy(NULL);
	if (!v->label_pairs)
		return -ENOMEM;
	int r = labels ? oci_map_from_json(&v->record_labels, "labels", labels, NULL) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < v->record_labels.n; i++) {
		const struct oci_pair *label = &v->record_labels.pairs[i];

		if (strv_pushf(&v->label_pairs, "%s=%s", label->key, label->value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool find_type(const char *name, enum masu_event_type *ret)
{
	for (enum masu_event_type t = 0; masu_event_type_name(t); t++) {
		if (!streq(masu_event_type_name(t), name))
			continue;
		*ret = t;
		return true;
	}
	return false;
}

/* 1, 0 for a record that is damaged or of a later version of masu, or -ENOMEM. */
static int read_record(masu_events *v, const char *text, struct masu_event *ret)
{
	struct masu_event event = {.size = sizeof(event)};
	struct json_object *labels = NULL;
	const char *type = NULL;
	int64_t code = 0, signal = 0;

	json_putp(&v->record);
	v->record = NULL;
	int r = json_parse(text, strlen(text), "event", &v->record, NULL);
	struct json_object *o = v->record;
	if (r < 0 || !json_object_is_type(o, json_type_object))
		return r == -ENOMEM ? r : 0;
	if (json_get_string(o, "", "type", &type, NULL) <= 0 || !find_type(type, &event.type) ||
	    json_get_string(o, "", "action", &event.action, NULL) <= 0 ||
	    json_get_int64(o, "", "time", JSON_RANGE(0, INT64_MAX), &event.time, NULL) <= 0 ||
	    json_get_string(o, "", "id", &event.id, NULL) < 0 ||
	    json_get_string(o, "", "name", &event.name, NULL) < 0 ||
	    json_get_string(o, "", "image", &event.image, NULL) < 0 ||
	    json_get_string(o, "", "execId", &event.exec_id, NULL) < 0 ||
	    json_get_string(o, "", "oldName", &event.old_name, NULL) < 0 ||
	    json_get_string(o, "", "health", &event.health, NULL) < 0 ||
	    json_get_string(o, "", "error", &event.error, NULL) < 0 ||
	    json_get_bool(o, "", "oomKilled", &event.oom_killed, NULL) < 0 ||
	    json_get_int64(o, "", "signal", JSON_RANGE(0, 64), &signal, NULL) < 0 ||
	    json_get_object(o, "", "labels", &labels, NULL) < 0)
		return 0;
	r = json_get_int64(o, "", "exitCode", JSON_RANGE(0, 255), &code, NULL);
	if (r < 0)
		return 0;
	event.has_exit_code = r > 0;
	event.exit_code = (int)code;
	event.signal = (int)signal;
	r = take_labels(v, labels);
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	event.labels = v->label_pairs;
	*ret = event;
	return 1;
}

/* Filters */

static bool names_object(char *const *list, const struct masu_event *event)
{
	STRV_FOREACH(wanted, list)
		if ((event->name && streq(event->name, *wanted)) ||
		    (event->id && **wanted && str_after(event->id, *wanted)))
			return true;
	return false;
}

static bool has_label(const masu_events *v)
{
	STRV_FOREACH(wanted, v->labels)
		if (oci_map_has(&v->record_labels, *wanted))
			return true;
	return false;
}

static bool is_of_image(const masu_events *v, const struct masu_event *event)
{
	return event->type == MASU_EVENT_IMAGE
		       ? names_object(v->images, event)
		       : event->image && strv_contains(v->images, event->image);
}

static bool passes(const masu_events *v, const struct masu_event *event)
{
	if (event->time < v->since || event->time > v->until)
		return false;
	if (v->types && !strv_contains(v->types, masu_event_type_name(event->type)))
		return false;
	if (v->actions && !strv_contains(v->actions, event->action))
		return false;
	if (v->containers &&
	    (event->type != MASU_EVENT_CONTAINER || !names_object(v->containers, event)))
		return false;
	if (v->volumes && (event->type != MASU_EVENT_VOLUME || !names_object(v->volumes, event)))
		return false;
	if (v->images && !is_of_image(v, event))
		return false;
	return !v->labels || has_label(v);
}

/* The next event that passes. 1, 0 if none is there, or -errno. */
static int find_next(masu_events *v, struct masu_event *ret)
{
	const char *text;
	int r;

	while ((r = event_log_next(&v->log, &text)) == 0 && text) {
		r = read_record(v, text, ret);
		if (r < 0 || (r > 0 && passes(v, ret)))
			return r;
	}
	return r;
}

static bool is_over(masu_events *v)
{
	uint64_t expired;

	v->over |= !v->follow || time_now() > v->until ||
		   (v->timer >= 0 && read(v->timer, &expired, sizeof(expired)) > 0);
	return v->over;
}

int masu_events_next(masu_events *v, int timeout_ms, struct masu_event *given, masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + MAX(timeout_ms, 0);
	struct masu_event event;

	for (;;) {
		bool over = is_over(v); /* before the look, which then sees all that counts */
		int r = find_next(v, &event);

		if (r < 0)
			return err_sys(err, r, "read the events");
		if (r > 0)
			options_give(given, &event, sizeof(event));
		if (r > 0 || over)
			return r;
		int64_t left = MAX(deadline - time_monotonic_ms(), 0);
		r = engine_await(v->e, v->poll, timeout_ms < 0 ? -1 : (int)left, err);
		if (r < 0)
			return r;
	}
}
