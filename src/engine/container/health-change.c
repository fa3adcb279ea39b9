/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/health-change.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#define INTERVAL_DEFAULT       (30 * NS_PER_S)
#define TIMEOUT_DEFAULT	       (30 * NS_PER_S)
#define START_INTERVAL_DEFAULT (5 * NS_PER_S)
#define RETRIES_DEFAULT	       3

bool health_change_has_settings(const struct masu_health_options *c)
{
	return c->interval || c->timeout || c->start_period || c->start_interval || c->retries ||
	       c->on_failure;
}

int health_test_check(char *const *test, struct masu_error *err)
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

int health_change_check(const struct masu_health_options *c, bool auto_remove,
			struct masu_error *err)
{
	const struct {
		const char *name;
		int64_t ns;
		bool may_be_none;
	} times[] = {
		{"interval", c->interval, true},
		{"timeout", c->timeout, false},
		{"start period", c->start_period, true},
		{"start interval", c->start_interval, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i].ns && times[i].ns < NS_PER_MS &&
		    !(times[i].may_be_none && times[i].ns == -1))
			return err_set(err, ERR_INVALID, EINVAL,
				       "the %s of the health check is shorter than a millisecond",
				       times[i].name);
	if (c->retries < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid number of retries of the health check: %d", c->retries);
	if (c->on_failure > MASU_HEALTH_ACTION_STOP)
		return err_set(err, ERR_INVALID, EINVAL, "invalid action of the health check");
	if (c->on_failure == MASU_HEALTH_ACTION_RESTART && auto_remove)
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "a container that is removed when it exits cannot be restarted");
	return 0;
}

static int64_t choose(int64_t given, int64_t old, int64_t otherwise)
{
	return given ? given : old ? old : otherwise;
}

static int set_action(struct record_health *h, enum masu_health_action action,
		      struct masu_error *err)
{
	const char *name = health_action_name(action);

	free(h->on_failure);
	h->on_failure = name ? strdup(name) : NULL;
	return name && !h->on_failure ? err_oom(err) : 0;
}

int health_change_apply(const struct masu_health_options *c, struct record_health *h,
			struct masu_error *err)
{
	if (c->test) {
		strv_free(h->test);
		h->test = strv_copy(c->test);
		if (!h->test)
			return err_oom(err);
	}
	h->interval_ns = choose(c->interval, h->interval_ns, INTERVAL_DEFAULT);
	h->timeout_ns = choose(c->timeout, h->timeout_ns, TIMEOUT_DEFAULT);
	h->start_period_ns = MAX(choose(c->start_period, h->start_period_ns, 0), 0);
	h->start_interval_ns = choose(c->start_interval, h->start_interval_ns,
				      START_INTERVAL_DEFAULT);
	h->retries = choose(c->retries, h->retries, RETRIES_DEFAULT);
	return c->on_failure ? set_action(h, c->on_failure, err) : 0;
}
