/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/file.h>

#include "base/file.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/container/limits.h"
#include "engine/container/restart.h"
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

static bool has_limits(const struct masu_update_options *o)
{
	return o->memory || o->memory_reservation || o->memory_swap || o->nano_cpus ||
	       o->cpu_quota || o->cpu_period || o->cpu_shares || o->cpuset_cpus || o->cpuset_mems ||
	       o->pids || o->blkio_weight;
}

static int replace_policy(masu_container *c, const struct masu_update_options *o,
			  struct masu_error *err)
{
	_cleanup_close_ int lock = file_lock(c->home.fd, RECORD_LOCK, LOCK_EX);
	_cleanup_record_ struct record record = {0};
	_cleanup_state_ struct state state = STATE_INIT;

	if (lock < 0)
		return err_sys(err, lock, "update container \"%s\"", c->record.name);
	int r = container_read_record(c, &record, err);
	if (r < 0)
		return r;
	bool had = restart_policy(&record) != MASU_RESTART_NO;
	r = restart_set(&record, o->restart, o->restart_max, err);
	if (r < 0)
		return r;
	r = record_write(c->home.fd, &record, true, err);
	if (r < 0)
		return r;
	if (had && restart_policy(&record) == MASU_RESTART_NO)
		restart_end(c->home.fd);
	/* Its start did not remove the mark of an earlier stop: without a policy that has no meaning. */
	if (!had && state_get(c->engine, &c->home, &state, NULL) == 0 && state_is_alive(&state))
		restart_begin(c->home.fd, &record);
	return restart_set(&c->record, o->restart, o->restart_max, err);
}

static int update_policy(masu_container *c, const struct masu_update_options *o,
			 struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = replace_policy(c, o, err);
	container_close(c);
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
	if (has_limits(&o) || !o.restart)
		r = update(c, &given, err);
	if (r == 0 && o.restart)
		r = update_policy(c, &o, err);
	if (r == 0)
		event_container(c, &(struct masu_event){.action = "update"});
	return r;
}
