/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/container/health-change.h"
#include "engine/container/limits.h"
#include "engine/container/restart.h"
#include "engine/options.h"

/* ERR_CONFLICT with -ESRCH if it is not running. */
static int update_live(masu_container *c, const struct oci_resources *given, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_created_instance(c, &i, err);

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

static int set_health(struct record *record, const struct masu_health_options *change,
		      struct masu_error *err)
{
	struct record_health *h = &record->health;
	int r = health_change_check(change, record->auto_remove, err);

	if (r == 0 && change->test)
		r = health_test_check(change->test, err);
	if (r < 0)
		return r;
	if (change->test && r == 0) {
		strv_free(h->test);
		free(h->on_failure);
		*h = (struct record_health){0};
	}
	if (h->test || (change->test && r > 0))
		return health_change_apply(change, h, err);
	if (!health_change_has_settings(change))
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "container \"%s\" has no health check",
		      record->name);
	return err_hint(err, "give its command: --health-cmd");
}

/* Its start did not remove the mark of an earlier stop: without a policy that has no meaning. */
static int follow_policy(masu_container *c, const struct record *record, bool had,
			 struct masu_error *err)
{
	_cleanup_state_ struct state state = STATE_INIT;
	bool has = restart_is_possible(record);

	if (had && !has && restart_end(c->home.fd, c->engine->cancel_fd) == -ECANCELED)
		return err_sys(err, ECANCELED, "end the restart policy of container '%s'",
			       c->record.name);
	if (!had && has && state_get(c->engine, &c->home, &state, NULL) == 0 &&
	    state_is_alive(&state))
		restart_begin(c->home.fd, record);
	return 0;
}

static int replace_record(masu_container *c, const struct masu_update_options *o,
			  const struct masu_health_options *health, struct masu_error *err)
{
	_cleanup_close_ int lock = file_lock_or_cancel(c->home.fd, RECORD_LOCK, LOCK_EX,
						       c->engine->cancel_fd);
	_cleanup_record_ struct record record = {0};

	if (lock < 0)
		return err_sys(err, lock, "update container \"%s\"", c->record.name);
	int r = container_read_record(c, &record, err);
	if (r < 0)
		return r;
	bool had = restart_is_possible(&record);
	r = o->restart ? restart_set(&record, o->restart, o->restart_max, err) : 0;
	if (r == 0)
		r = set_health(&record, health, err);
	if (r == 0)
		r = restart_check_unit(&record, err);
	if (r == 0)
		r = record_write(c->home.fd, &record, true, err);
	if (r < 0)
		return r;
	r = follow_policy(c, &record, had, err);
	if (r < 0)
		return r;
	/* The handle keeps its strings, apart from the changed ones. */
	r = o->restart ? restart_set(&c->record, o->restart, o->restart_max, err) : 0;
	return r == 0 ? set_health(&c->record, health, err) : r;
}

static int update_record(masu_container *c, const struct masu_update_options *o,
			 const struct masu_health_options *health, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = replace_record(c, o, health, err);
	container_close(c);
	return r;
}

int masu_container_update(masu_container *c, const struct masu_update_options *options,
			  masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources given = {0};
	struct masu_health_options health = {0};
	struct masu_update_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0)
		r = options_take(&health, sizeof(health), o.health, err);
	if (r < 0)
		return r;
	r = limits_set(&given, &o, err);
	if (r < 0)
		return r;
	oci_spec_free(c->spec); /* of before the update */
	c->spec = NULL;
	bool has_record = o.restart || health.test || health_change_has_settings(&health);
	if (has_limits(&o) || !has_record)
		r = update(c, &given, err);
	if (r == 0 && has_record)
		r = update_record(c, &o, &health, err);
	if (r == 0)
		event_container(c, &(struct masu_event){.action = "update"});
	return r;
}
