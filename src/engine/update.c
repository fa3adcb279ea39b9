/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "engine/container.h"
#include "engine/event.h"
#include "engine/limits.h"
#include "engine/options.h"

/* ERR_CONFLICT with -ESRCH if it is not running. */
static int update_live(masu_container *c, const struct oci_resources *given, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	return r < 0 ? r : instance_update(&i, given, err);
}

/* A start reads the limits under the lock, which a record needs, too. */
static int update(masu_container *c, const struct oci_resources *given, struct masu_error *err)
{
	int r;

	do {
		r = container_lock_unless_running(c, err);
		if (r == 0)
			r = update_live(c, given, err);
		else if (r > 0)
			r = instance_update_record(c->home.fd, given, err);
		container_close(c);
	} while (r == -ESRCH); /* it has exited since */
	return r;
}

int masu_container_update(masu_container *c, const struct masu_update_options *options,
			  masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources given = {0};
	struct masu_update_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
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
