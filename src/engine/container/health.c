/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/health.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "oci/fields.h"

#define HEALTH_FILE	 "health.json"
#define HEALTH_FILE_SIZE (256u << 10) /* of a log whose outputs are escaped byte by byte */

static const char *const names[] = {
	[MASU_HEALTH_NONE] = "none",
	[MASU_HEALTH_STARTING] = "starting",
	[MASU_HEALTH_HEALTHY] = "healthy",
	[MASU_HEALTH_UNHEALTHY] = "unhealthy",
};

const char *masu_health_name(enum masu_health health)
{
	return health < ARRAY_SIZE(names) ? names[health] : NULL;
}

static const char *const actions[] = {
	[MASU_HEALTH_ACTION_KILL] = "kill",
	[MASU_HEALTH_ACTION_RESTART] = "restart",
	[MASU_HEALTH_ACTION_STOP] = "stop",
};

const char *health_action_name(enum masu_health_action action)
{
	return action < ARRAY_SIZE(actions) ? actions[action] : NULL;
}

enum masu_health_action health_action(const struct record *record)
{
	const char *name = record->health.on_failure;

	for (size_t i = MASU_HEALTH_ACTION_KILL; name && i < ARRAY_SIZE(actions); i++)
		if (streq(name, actions[i]))
			return (enum masu_health_action)i;
	return MASU_HEALTH_ACTION_NONE;
}

void health_result_done(struct health_result *result)
{
	free(result->output);
	*result = (struct health_result){0};
}

void health_done(struct health *h)
{
	for (size_t i = 0; i < h->n; i++)
		health_result_done(&h->log[i]);
	*h = (struct health){0};
}

static bool is_in_start_period(const struct record_health *config, enum masu_health status,
			       int64_t age_ns)
{
	return status == MASU_HEALTH_STARTING && age_ns < config->start_period_ns;
}

void health_count(const struct record_health *config, int64_t age_ns, bool passed, struct health *h)
{
	if (passed) {
		h->status = MASU_HEALTH_HEALTHY;
		h->streak = 0;
		return;
	}
	if (is_in_start_period(config, h->status, age_ns))
		return;
	if (h->streak < INT64_MAX)
		h->streak++;
	if (h->streak >= config->retries)
		h->status = MASU_HEALTH_UNHEALTHY;
}

bool health_is_early(const struct record_health *config, enum masu_health status, int64_t age_ns)
{
	return is_in_start_period(config, status, age_ns);
}

void health_add(struct health *h, struct health_result *result)
{
	if (h->n == HEALTH_LOG_MAX) {
		health_result_done(&h->log[0]);
		memmove(&h->log[0], &h->log[1], (HEALTH_LOG_MAX - 1) * sizeof(h->log[0]));
		h->n--;
	}
	h->log[h->n++] = TAKE(*result, (struct health_result){0});
}

static const struct field result_fields[] = {
	FIELD_ROW(struct health_result, "start", FIELD_INT64, started_ns),
	FIELD_ROW(struct health_result, "end", FIELD_INT64, finished_ns),
	FIELD_ROW(struct health_result, "exitCode", FIELD_INT64, exit_code),
	FIELD_ROW(struct health_result, "output", FIELD_STRING, output),
	{0},
};

static int read_status(struct json_object *o, struct health *h, struct masu_error *err)
{
	const char *status = "";
	int r = json_get_string(o, "", "status", &status, err);

	if (r < 0)
		return r;
	for (size_t i = MASU_HEALTH_STARTING; i < ARRAY_SIZE(names); i++)
		if (streq(status, names[i]))
			h->status = (enum masu_health)i;
	if (h->status == MASU_HEALTH_NONE)
		return err_set(err, ERR_INVALID, EBADMSG, "status: unknown");
	return json_get_int64(o, "", "failingStreak", JSON_RANGE(0, INT64_MAX), &h->streak, err);
}

static int from_json(struct json_object *o, struct health *h, struct masu_error *err)
{
	struct json_object *log = NULL;
	int r = read_status(o, h, err);

	if (r >= 0)
		r = json_get_array(o, "", "log", &log, err);
	if (r < 0)
		return r;
	for (size_t i = 0; log && i < json_object_array_length(log); i++) {
		struct json_object *item = json_object_array_get_idx(log, i);
		struct health_result result = {0};

		if (!json_object_is_type(item, json_type_object))
			return err_set(err, ERR_INVALID, EBADMSG, "log: must hold objects");
		r = fields_from_json(result_fields, item, &result, err);
		health_add(h, &result);
		if (r < 0)
			return r;
	}
	return 0;
}

int health_read(int container_dir, struct health *ret, struct masu_error *err)
{
	_cleanup_health_ struct health h = {0};
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = json_read_object(container_dir, HEALTH_FILE, HEALTH_FILE_SIZE, &o, &own);

	if (r == -ENOENT) {
		*ret = (struct health){.status = MASU_HEALTH_STARTING};
		return 0;
	}
	if (r < 0)
		return err_move(err, &own);
	r = from_json(o, &h, err);
	if (r < 0) {
		(void)err_prefix(err, HEALTH_FILE);
		return r;
	}
	*ret = TAKE(h, (struct health){0});
	return 0;
}

int health_write(int container_dir, const struct health *h, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "status", names[h->status]);
	build_int(&b, o, "failingStreak", h->streak);
	struct json_object *log = build_array(&b, o, "log");
	for (size_t i = 0; i < h->n; i++)
		build_fields(&b, build_object(&b, log, NULL), result_fields, &h->log[i]);
	const char *text = b.failed ? NULL : json_text(o, false);
	/* Not synced: it is about a run, which no power cut survives. */
	int r = text ? file_write_atomic(container_dir, HEALTH_FILE, text, strlen(text), 0600, 0)
		     : -ENOMEM;

	return r < 0 ? err_sys(err, r, "record the health of the container") : 0;
}

enum masu_health health_status(int container_dir, const struct record *record)
{
	_cleanup_health_ struct health h = {0};

	if (!health_is_checked(record))
		return MASU_HEALTH_NONE;
	return health_read(container_dir, &h, NULL) < 0 ? MASU_HEALTH_STARTING : h.status;
}

int health_lock(int container_dir)
{
	return file_lock(container_dir, HEALTH_LOCK, LOCK_EX);
}

void health_reset(int container_dir)
{
	(void)unlinkat(container_dir, HEALTH_FILE, 0); /* most often it does not exist */
}

void health_build(struct json_build *b, struct json_object *o, const struct health *h)
{
	char stamp[TIME_STAMP_MAX];

	build_text(b, o, "Status", masu_health_name(h->status));
	build_int(b, o, "FailingStreak", h->streak);
	struct json_object *log = build_array(b, o, "Log");
	for (size_t i = 0; i < h->n; i++) {
		struct json_object *item = build_object(b, log, NULL);

		build_text(b, item, "Start", time_stamp(h->log[i].started_ns, stamp));
		build_text(b, item, "End", time_stamp(h->log[i].finished_ns, stamp));
		build_int(b, item, "ExitCode", h->log[i].exit_code);
		build_text(b, item, "Output", str_or_empty(h->log[i].output));
	}
}

void health_build_config(struct json_build *b, struct json_object *o,
			 const struct record_health *config)
{
	build_texts(b, o, "Test", config->test);
	build_int(b, o, "Interval", config->interval_ns);
	build_int(b, o, "Timeout", config->timeout_ns);
	build_int(b, o, "StartPeriod", config->start_period_ns);
	build_int(b, o, "StartInterval", config->start_interval_ns);
	build_int(b, o, "Retries", config->retries);
}
