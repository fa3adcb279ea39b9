/* SPDX-License-Identifier: Apache-2.0 */

/* The health check of a container: the caller's options over the image's, over the defaults. */

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/health-change.h"
#include "engine/create/draft.h"
#include "engine/options.h"

#define IMAGE_INTERVAL_MIN NS_PER_S

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
		r = health_test_check(h->test, err);
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

/* 1 for a container with a check, 0 for one without. */
static int choose_test(struct record_health *h, const struct masu_health_options *c,
		       const char *image, struct masu_error *err)
{
	int r = c->test ? health_test_check(c->test, err) : 1;

	if (r <= 0)
		return r;
	r = image ? read_image(image, h, err) : 0;
	return r < 0 ? r : h->test || c->test;
}

int draft_health(struct draft *d, const struct masu_create_options *o, const char *image,
		 struct masu_error *err)
{
	struct masu_health_options change;
	struct record_health *h = &d->record.health;
	int r = options_take(&change, sizeof(change), o->health, err);

	if (r == 0)
		r = health_change_check(&change, o->auto_remove, err);
	if (r < 0)
		return r;
	r = choose_test(h, &change, image, err);
	if (r < 0)
		return r;
	if (r > 0)
		return health_change_apply(&change, h, err);
	/* Times of an image without a test mean nothing. */
	h->interval_ns = h->timeout_ns = h->start_period_ns = h->start_interval_ns = 0;
	h->retries = 0;
	if (!health_change_has_settings(&change))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "options of a health check, but no health check");
	return err_hint(err, "give its command: --health-cmd");
}
