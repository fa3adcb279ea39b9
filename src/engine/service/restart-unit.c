/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service/restart-unit.h"

#include <errno.h>

#include "base/str.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/container/health.h"
#include "systemd/manager.h"
#include "systemd/service.h"

/* An image chooses the start period of its health check: one of years would hold up the other services. */
#define HEALTH_TIMEOUT_MS 3600000

/* A check that nobody runs would be waited for until then. */
static bool is_watched(masu_container *c)
{
	return health_is_checked(&c->record) && c->record.health.interval_ns > 0 &&
	       c->state.status == MASU_STATUS_RUNNING;
}

/* -ETIMEDOUT without a message. */
static int await_verdict(masu_container *c, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + HEALTH_TIMEOUT_MS;
	_cleanup_(masu_wait_freep) masu_wait *w = NULL;
	int code, r = masu_wait_new(c, MASU_WAIT_HEALTHY | MASU_WAIT_UNHEALTHY | MASU_WAIT_STOPPED,
				    &w, err);

	while (r == 0) {
		r = masu_wait_step(w, &code, err);
		if (r != 0)
			break;
		r = engine_await(c->engine, masu_wait_fd(w),
				 (int)MAX(deadline - time_monotonic_ms(), 0), err);
	}
	return MIN(r, 0);
}

static const char *verdict(const masu_container *c, int r)
{
	if (c->health == MASU_HEALTH_UNHEALTHY)
		return "is unhealthy";
	return r == -ETIMEDOUT ? "is not healthy after an hour" : "has ended before it was healthy";
}

/* A container that has ended is not found, or has no health: the state of the service tells whether it may have. */
static int await_health(struct masu_engine *e, const struct candidate *candidate,
			struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = masu_container_find(e, candidate->container, &c, &own);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_move(err, &own);
	if (!is_watched(c))
		return 0;
	r = await_verdict(c, &own);
	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r == 0 && masu_container_refresh(c, NULL) == 0 && c->health == MASU_HEALTH_HEALTHY)
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE, EIO, "container \"%s\" %s", candidate->container,
		      verdict(c, r));
	return -EIO;
}

int unit_state(const struct unit_group *group, char **ret, struct masu_error *err)
{
	return service_state(manager_is_system(), group->item[0].unit, ret, err);
}

void unit_reset(const struct unit_group *group)
{
	/* A unit that cannot be reset can perhaps be started all the same. */
	(void)service_job(manager_is_system(), group->item[0].unit, "reset", -1, NULL);
}

int unit_restart(struct masu_engine *e, const struct unit_group *group, const char *verb,
		 struct masu_error *err)
{
	const char *unit = group->item[0].unit;
	_cleanup_free_ char *state = NULL;
	int r = service_job(manager_is_system(), unit, verb, e->cancel_fd, err);

	for (size_t i = 0; r == 0 && i < group->n; i++)
		r = await_health(e, &group->item[i], err);
	if (r == 0)
		r = unit_state(group, &state, err);
	if (r < 0 || !state)
		return r;
	/* "activating": it has ended, and Restart= starts it again. A service of Type=oneshot may be inactive. */
	if (streq(state, "failed") || streq(state, "activating") || streq(state, "deactivating"))
		return err_set(err, ERR_UNAVAILABLE, EIO, "unit \"%s\" is %s after its start", unit,
			       state);
	return 0;
}
