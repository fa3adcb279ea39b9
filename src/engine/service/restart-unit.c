/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service/restart-unit.h"

#include <errno.h>

#include "base/str.h"
#include "engine/container/container.h"
#include "engine/container/health.h"
#include "systemd/manager.h"
#include "systemd/service.h"

/* A check that nobody runs would be waited for without an end. */
static bool is_watched(masu_container *c)
{
	return health_is_checked(&c->record) && c->record.health.interval_ns > 0 &&
	       c->state.status == MASU_STATUS_RUNNING;
}

/* A container that has ended is not found, or has no health: the state of the service tells whether it may have. */
static int await_health(struct masu_engine *e, const struct candidate *candidate,
			struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int code, r = masu_container_find(e, candidate->container, &c, &own);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_move(err, &own);
	if (!is_watched(c))
		return 0;
	r = masu_container_wait(c, MASU_WAIT_HEALTHY | MASU_WAIT_UNHEALTHY | MASU_WAIT_STOPPED,
				&code, &own);
	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r == 0 && masu_container_refresh(c, NULL) == 0 && c->health == MASU_HEALTH_HEALTHY)
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE, EIO, "container \"%s\" %s", candidate->container,
		      c->health == MASU_HEALTH_UNHEALTHY ? "is unhealthy"
							 : "has ended before it was healthy");
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
