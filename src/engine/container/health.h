/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The health of a container with a health check.
 *
 * The supervisor executes "masu container-check" at each interval (monitor/timer.h). That process executes the command of
 * the check in the container (launcher/check.c), and records the result in HEALTH_FILE of the container's directory. A
 * start removes the file: without it a running container is "starting", and a container that has exited keeps the
 * health of its last run. A check that was killed records nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/container/home.h"
#include "engine/container/record.h"
#include "masu.h"

/* A process that records a result holds this file of the container's directory by flock(2). */
#define HEALTH_LOCK	  "health.lock"

#define HEALTH_LOG_MAX	  5
#define HEALTH_OUTPUT_MAX 4096

/* The exit code of a check that has exceeded its timeout. */
#define HEALTH_TIMED_OUT -1

struct health_result {
	int64_t started_ns, finished_ns;
	int64_t exit_code;
	char *output;
};
void health_result_done(struct health_result *result);

struct health {
	enum masu_health status;
	int64_t streak;				  /* failures since the last success that count */
	struct health_result log[HEALTH_LOG_MAX]; /* the oldest first */
	size_t n;
};
#define _cleanup_health_ _cleanup_(health_done)
void health_done(struct health *h);

/* Does the container have a health check? */
static inline bool health_is_checked(const struct record *record)
{
	return record->health.test;
}

/*
 * The rules. `age_ns` is the time since the container's start. Within the start period, failures do not count before the
 * first success.
 */
void health_count(const struct record_health *config, int64_t age_ns, bool passed,
		  struct health *h);

/* Does the start interval apply, instead of the interval? */
bool health_is_early(const struct record_health *config, enum masu_health status, int64_t age_ns);

/* Appends a result, in place of the oldest one when the log is full. Takes its output. */
void health_add(struct health *h, struct health_result *result);

/* "starting" if no result is recorded. EBADMSG. */
int health_read(int container_dir, struct health *ret, struct masu_error *err);
int health_write(int container_dir, const struct health *h, struct masu_error *err);

/* The status alone; MASU_HEALTH_NONE without a check. A damaged file counts as a missing one. */
enum masu_health health_status(int container_dir, const struct record *record);

/* Holds off other checks until it is closed: a new health and its event are recorded as one. -errno. */
int health_lock(int container_dir);

/* Forgets the last run. */
void health_reset(int container_dir);

/* The action as --health-on-failure takes it; NULL for MASU_HEALTH_ACTION_NONE. */
const char *health_action_name(enum masu_health_action action);
enum masu_health_action health_action(const struct record *record);

struct json_build;
struct json_object;

/* Adds the members Status, FailingStreak and Log to an object. */
void health_build(struct json_build *b, struct json_object *o, const struct health *h);

/* Adds the members of a config as an image has them: Test, Interval, ... */
void health_build_config(struct json_build *b, struct json_object *o,
			 const struct record_health *config);
