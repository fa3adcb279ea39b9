/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <time.h>

#include "base/time.h"
#include "engine/container.h"
#include "engine/event.h"
#include "engine/limits.h"
#include "engine/options.h"

#define START_TIMEOUT_MS 30000

/* ERR_CONFLICT with -ESRCH if it is not running. */
static int update_live(masu_container *c, const struct oci_resources *given, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	return r < 0 ? r : instance_update(&i, given, err);
}

/* A start reads the limits under the lock. -EBUSY if one has taken it. */
static int update_record(masu_container *c, const struct oci_resources *given,
			 struct masu_error *err)
{
	int r = container_open(c, err);

	if (r == 0)
		r = container_lock(c, err);
	if (r == 0)
		r = instance_update_record(c->home.fd, given, err);
	container_close(c);
	return r;
}

static int update(masu_container *c, const struct oci_resources *given, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + START_TIMEOUT_MS;

	for (;;) {
		int r = update_live(c, given, err);

		if (r != -ESRCH)
			return r;
		r = update_record(c, given, err);
		if (r != -EBUSY || time_monotonic_ms() > deadline)
			return r;
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

int masu_container_update(masu_container *c, const struct masu_update_options *options,
			  masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources given = {0};
	struct masu_update_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0)
		r = limits_set(&given, &o, err);
	if (r < 0)
		return r;
	oci_spec_free(c->spec); /* of before the update */
	c->spec = NULL;
	r = update(c, &given, err);
	if (r == 0)
		event_container(c, &(struct masu_event){.action = "update"});
	return r;
}
