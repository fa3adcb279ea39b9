/* SPDX-License-Identifier: Apache-2.0 */

/* The health check of a container: the caller's options over the image's, over the defaults. */

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/health.h"
#include "engine/create/draft.h"

#define INTERVAL_DEFAULT       (30 * NS_PER_S)
#define TIMEOUT_DEFAULT	       (30 * NS_PER_S)
#define START_INTERVAL_DEFAULT (5 * NS_PER_S)
#define RETRIES_DEFAULT	       3
#define IMAGE_INTERVAL_MIN     NS_PER_S

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "describe the health check");
}

/* 1, 0 for "NONE" and a list without entries, or -EINVAL. */
static int check_test(char *const *test, struct masu_error *err)
{
	size_t n = strv_length(test);

	if (n == 0 || (n == 1 && streq(test[0], "NONE")))
		return 0;
	if ((streq(test[0], "CMD") && n > 1 && *test[1]) ||
	    (streq(test[0], "CMD-SHELL") && n == 2 && *test[1]))
		return 1;
	return err_set(err, ERR_INVALID, EINVAL, "invalid command \"%s\" of the health check",
		       test[n - 1]);
}

static int from_json(struct json_object *o, struct record_health *h, struct masu_error *err)
{
	const struct json_range time = JSON_RANGE(0, INT64_MAX);
	int r = json_get_strv(o, "Healthcheck", "Test", &h->test, err);

	if (r >= 0)
		r = json_get_int64(o, "Healthcheck", "Interval", time, &h->interval_ns, err);
	if (r >= 0)
		r = json_get_int64(o, "Healthcheck", "Timeout", time, &h->timeout_ns, err);
	if (r >= 0)
		r = json_get_int64(o, "Healthcheck", "StartPeriod", time, &h->start_period_ns, err);
	if (r >= 0)
		r = json_get_int64(o, "Healthcheck", "StartInterval", time, &h->start_interval_ns,
				   err);
	if (r >= 0)
		r = json_get_int64(o, "Healthcheck", "Retries", JSON_RANGE(0, INT32_MAX),
				   &h->retries, err);
	if (r >= 0)
		r = check_test(h->test, err);
	if (r == 0) {
		strv_free(h->test);
		h->test = NULL;
	}
	return MIN(r, 0);
}

/*
 * An image may not make the supervisor busy: checks run beside the limits of the container. The user may, on this very
 * command line.
 */
static void slow_down(struct record_health *h)
{
	if (h->interval_ns)
		h->interval_ns = MAX(h->interval_ns, IMAGE_INTERVAL_MIN);
	if (h->start_interval_ns)
		h->start_interval_ns = MAX(h->start_interval_ns, IMAGE_INTERVAL_MIN);
}

/* The text was parsed once already, as a part of the image's config. */
static int read_image(const char *text, struct record_health *h, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_parse(text, strlen(text), "Healthcheck", &o, err);

	if (r == 0)
		r = from_json(o, h, err);
	if (r == 0) {
		slow_down(h);
		return 0;
	}
	(void)err_prefix(err, "image");
	return err_hint(err, "run it without its health check: --no-healthcheck");
}

static bool has_settings(const struct masu_create_options *o)
{
	return o->health_interval || o->health_timeout || o->health_start_period ||
	       o->health_start_interval || o->health_retries || o->health_on_failure;
}

static int check_options(const struct masu_create_options *o, struct masu_error *err)
{
	const struct {
		const char *name;
		int64_t ns;
		bool may_be_none;
	} times[] = {
		{"interval", o->health_interval, true},
		{"timeout", o->health_timeout, false},
		{"start period", o->health_start_period, true},
		{"start interval", o->health_start_interval, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i].ns && times[i].ns < NS_PER_MS &&
		    !(times[i].may_be_none && times[i].ns == -1))
			return err_set(err, ERR_INVALID, EINVAL,
				       "the %s of the health check is shorter than a millisecond",
				       times[i].name);
	if (o->health_retries < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid number of retries of the health check: %d",
			       o->health_retries);
	if (o->health_on_failure > MASU_HEALTH_ACTION_STOP)
		return err_set(err, ERR_INVALID, EINVAL, "invalid action of the health check");
	if (o->health_on_failure == MASU_HEALTH_ACTION_RESTART && o->auto_remove)
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "a container that is removed when it exits cannot be restarted");
	return 0;
}

static int64_t choose(int64_t own, int64_t image, int64_t otherwise)
{
	return own ? own : image ? image : otherwise;
}

static int merge(struct record_health *h, const struct masu_create_options *o,
		 struct masu_error *err)
{
	const char *action = health_action_name(o->health_on_failure);

	h->interval_ns = choose(o->health_interval, MAX(h->interval_ns, 0), INTERVAL_DEFAULT);
	h->timeout_ns = choose(o->health_timeout, h->timeout_ns, TIMEOUT_DEFAULT);
	h->start_period_ns = MAX(choose(o->health_start_period, h->start_period_ns, 0), 0);
	h->start_interval_ns = choose(o->health_start_interval, h->start_interval_ns,
				      START_INTERVAL_DEFAULT);
	h->retries = choose(o->health_retries, h->retries, RETRIES_DEFAULT);
	h->on_failure = action ? strdup(action) : NULL;
	return action && !h->on_failure ? no_memory(err) : 0;
}

/* 1 for a container with a check, 0 for one without. */
static int choose_test(struct record_health *h, const struct masu_create_options *o,
		       const char *image, struct masu_error *err)
{
	int r = o->health_test ? check_test(o->health_test, err) : 1;

	if (r <= 0)
		return r;
	r = image ? read_image(image, h, err) : 0;
	if (r < 0)
		return r;
	if (o->health_test) {
		strv_free(h->test);
		h->test = strv_copy(o->health_test);
		if (!h->test)
			return no_memory(err);
	}
	return h->test != NULL;
}

int draft_health(struct draft *d, const struct masu_create_options *o, const char *image,
		 struct masu_error *err)
{
	struct record_health *h = &d->record.health;
	int r = check_options(o, err);

	if (r < 0)
		return r;
	r = choose_test(h, o, image, err);
	if (r < 0)
		return r;
	if (r > 0)
		return merge(h, o, err);
	/* Times of an image without a test mean nothing. */
	h->interval_ns = h->timeout_ns = h->start_period_ns = h->start_interval_ns = 0;
	h->retries = 0;
	if (!has_settings(o))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "options of a health check, but no health check");
	return err_hint(err, "give its command: --health-cmd");
}
