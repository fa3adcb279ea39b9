/* SPDX-License-Identifier: Apache-2.0 */

/* The calls that start a container in the background, after those that it requires. */

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/strv.h"
#include "engine/container/event.h"
#include "engine/container/on-demand.h"
#include "engine/container/restart.h"
#include "engine/control/remove.h"
#include "launcher/adoption.h"
#include "launcher/hold.h"
#include "launcher/start.h"

#define RESTART_TIMEOUT_MS 15000 /* for the supervisor of the stopped container to finish */

/* Takes up a container unless it runs: 1, or 0 if it runs. */
static int take_up_required(masu_container *c, struct masu_error *err)
{
	int r = container_lock_unless_running(c, err);

	if (r <= 0)
		return r;
	r = engine_load_idmap(c->engine, err);
	if (r == 0)
		r = container_read_spec(c, err);
	if (r == 0)
		return 1;
	container_close(c);
	return r;
}

/* A requirement was made before its dependant, so the recursion ends. */
int start_unless_running(masu_container *c, struct masu_error *err)
{
	int r = start_required(c, err);

	if (r == 0 && c->state.status == MASU_STATUS_INITIALIZED)
		return initialized_start(c, err);
	if (r == 0)
		r = take_up_required(c, err);
	if (r > 0) {
		restart_begin(c->home.fd, &c->record);
		r = start_background(c, err);
		container_close(c);
	}
	return r;
}

static int start_one_required(struct masu_engine *e, const char *id, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = masu_container_find(e, id, &c, err);

	if (r < 0 || state_is_alive(&c->state))
		return r;
	r = start_unless_running(c, err);
	return r < 0 ? err_prefix(err, "required container \"%s\"", masu_container_name(c)) : 0;
}

int start_required(const masu_container *c, struct masu_error *err)
{
	STRV_FOREACH(id, c->record.required) {
		int r = start_one_required(c->engine, *id, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int start_process(masu_container *c, struct masu_error *err)
{
	int r = start_required(c, err);

	if (r == 0 && c->state.status == MASU_STATUS_INITIALIZED)
		return initialized_start(c, err);
	if (r < 0)
		return r;
	r = container_open(c, err);
	if (r < 0)
		return r;
	restart_begin(c->home.fd, &c->record);
	r = container_take_up(c, err);
	if (r < 0)
		return r;
	r = start_background(c, err);
	container_close(c); /* the monitor has the lock now */
	return r;
}

int masu_container_start(masu_container *c, masu_error *err)
{
	return on_demand_seconds(&c->record) ? hold_ports(c, err) : start_process(c, err);
}

int masu_container_start_now(masu_container *c, masu_error *err)
{
	if (!on_demand_seconds(&c->record))
		return start_process(c, err);
	int r = hold_ports(c, err);
	if (r == 0)
		r = start_unless_running(c, err);
	if (r == 0) /* the idle time begins now, also without a connection */
		on_demand_wake(c->engine, c->home.id);
	return r;
}

/* The exit command of the supervisor may hold the lock for a moment. */
static int lock_stopped(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = home_hold(&c->home, c->engine, RESTART_TIMEOUT_MS);
	if (r == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot restart container '%s': another process has started it",
			       c->record.name);
	if (r == -ENOENT)
		return home_removed(&c->home, err);
	return r < 0 ? err_sys(err, r, "restart container '%s'", c->record.name) : 0;
}

/* A start opens about this many at once. Without them, a restart would stop the container and fail to start it. */
#define START_DESCRIPTORS 32

static int check_descriptors(const masu_container *c, struct masu_error *err)
{
	int fds[START_DESCRIPTORS], n = 0, r = 0;

	while (r == 0 && n < START_DESCRIPTORS) {
		fds[n] = open("/", O_PATH | O_CLOEXEC);
		r = fds[n] < 0 ? -errno : 0;
		n += r == 0;
	}
	while (n > 0)
		closep(&fds[--n]);
	return r < 0 ? err_sys(err, r, "restart container '%s'", c->record.name) : 0;
}

static int stop_and_start(masu_container *c, const struct masu_stop_options *o,
			  struct masu_error *err)
{
	int r = check_descriptors(c, err);

	if (r == 0)
		r = masu_container_stop(c, o, err);
	if (r < 0)
		return r;
	if (on_demand_seconds(&c->record))
		return hold_ports(c, err);
	r = start_required(c, err);
	if (r < 0)
		return r;
	r = lock_stopped(c, err);
	if (r < 0)
		return r;
	r = engine_load_idmap(c->engine, err);
	if (r < 0)
		return r;
	r = container_read_spec(c, err);
	if (r < 0)
		return r;
	restart_begin(c->home.fd, &c->record);
	r = start_background(c, err);
	if (r < 0)
		return r;
	event_container(c, &(struct masu_event){.action = "restart"});
	return 0;
}

int masu_container_restart(masu_container *c, const struct masu_stop_options *options,
			   masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	/* The file stays: removed, it would not be seen for a restart that waits for its lock. */
	_cleanup_close_ int pending = file_lock(c->home.fd, RESTART_FILE, LOCK_EX);
	container_close(c);
	if (pending < 0)
		return err_sys(err, pending, "restart container '%s'", c->record.name);
	r = stop_and_start(c, options, err);
	container_close(c);
	return r;
}

int masu_container_init(masu_container *c, masu_error *err)
{
	int r = masu_container_refresh(c, err);

	if (r < 0 || c->state.status == MASU_STATUS_INITIALIZED)
		return r;
	if (adoption_mode(&c->record) == SDNOTIFY_CONTAINER)
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"--sdnotify container: systemd expects that the container starts at once");
	if (on_demand_seconds(&c->record))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "ports on demand: the first connection starts container '%s'",
			       c->record.name);
	r = start_required(c, err);
	if (r == 0)
		r = container_take_up(c, err);
	if (r < 0)
		return r;
	r = start_initialize(c, err);
	container_close(c); /* the monitor has the lock now */
	return r;
}
