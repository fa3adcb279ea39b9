/* SPDX-License-Identifier: Apache-2.0 */

/* Signals and pauses of a running container, by the runtime's functions on its state directory. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/pidfd.h"
#include "base/time.h"
#include "engine/container/event.h"
#include "engine/container/freeze.h"
#include "engine/container/restart.h"
#include "engine/control/control.h"
#include "runtime/instance.h"

#define START_TIMEOUT_MS 30000
#define START_PAUSE_MS	 3 /* between looks at the state */

static int not_running(const masu_container *c, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, ESRCH, "container '%s' is not running", c->record.name);
	return c->state.status == MASU_STATUS_ON_DEMAND
		       ? err_hint(err, "start it without a connection: masu start --now %s",
				  c->record.name)
		       : -ESRCH;
}

int container_await_start(masu_container *c, struct masu_error *err)
{
	const int64_t deadline = time_monotonic_ms() + START_TIMEOUT_MS;

	for (;;) {
		int r = masu_container_refresh(c, err);

		if (r < 0 || c->state.status != MASU_STATUS_STARTING)
			return r;
		if (time_monotonic_ms() > deadline)
			return err_set(err, ERR_CONFLICT, EBUSY,
				       "container '%s' is being started by another command",
				       c->record.name);
		r = engine_await(c->engine, -1, START_PAUSE_MS, err);
		if (r != -ETIMEDOUT)
			return r;
	}
}

int container_created_instance(masu_container *c, struct instance *ret, struct masu_error *err)
{
	_cleanup_free_ char *root = paths_data(&c->engine->paths, "containers");
	int r = root ? container_await_start(c, err) : err_oom(err);

	if (r < 0)
		return r;
	if (!state_has_init(&c->state))
		return not_running(c, err);
	r = instance_find(root, c->home.id, ret, err);
	return r == -ENOENT || r == -EBUSY ? not_running(c, err) : r; /* it has ended since */
}

int container_instance(masu_container *c, struct instance *ret, struct masu_error *err)
{
	int r = container_created_instance(c, ret, err);

	return r == 0 && !state_is_alive(&c->state) ? not_running(c, err) : r;
}

/* 1 if init had not executed the command yet and was killed: its start fails. A hung start ends so, too. */
static int kill_starting(masu_container *c, struct masu_error *err)
{
	int r = masu_container_refresh(c, err);

	if (r < 0 || state_is_alive(&c->state) || !state_has_init(&c->state))
		return r;
	return pidfd_kill(c->state.pidfd, SIGKILL) == 0;
}

static int kill_running(masu_container *c, int signal, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = signal == SIGKILL ? kill_starting(c, err) : 0;

	if (r != 0)
		return MIN(r, 0);
	r = container_instance(c, &i, err);
	if (r < 0)
		return r;
	r = instance_kill(&i, signal, false, err);
	return r == -ESRCH ? not_running(c, err) : r;
}

/*
 * The signals of an end also end the restart policy, before the process does. One that waits to be started again is
 * killed by that alone.
 */
static int end_policy(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	state_done(&c->state);
	c->state = STATE_INIT;
	r = state_get(c->engine, &c->home, &c->state, err);
	bool waits = r == 0 && c->state.status == MASU_STATUS_RESTARTING;
	if (waits || (r == 0 && state_is_alive(&c->state)))
		r = restart_end(c->home.fd, c->engine->cancel_fd);
	container_close(c);
	if (r == -ECANCELED)
		return err_sys(err, r, "end the restart policy of container '%s'", c->record.name);
	return r < 0 ? r : waits;
}

int masu_container_kill(masu_container *c, int signal, masu_error *err)
{
	int r = signal == SIGKILL || signal == (int)c->record.stop_signal ? end_policy(c, err) : 0;

	if (r == 0)
		r = kill_running(c, signal, err);
	if (r < 0)
		return r;
	event_container(c, &(struct masu_event){.action = "kill", .signal = signal});
	return 0;
}

int control_pause(masu_container *c, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	if (r < 0)
		return r;
	if (i.status == OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container '%s' is already paused",
			       c->record.name);
	r = instance_pause(&i, err);
	if (r < 0)
		return r == -ESRCH ? not_running(c, err) : r;
	/* Wakes those that wait for a pause. The container exists, as its processes do. */
	(void)utimensat(AT_FDCWD, c->dir, NULL, 0);
	event_container(c, &(struct masu_event){.action = "pause"});
	return 0;
}

int masu_container_pause(masu_container *c, masu_error *err)
{
	freeze_forget(c);
	return control_pause(c, err);
}

int masu_container_unpause(masu_container *c, masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	if (r < 0)
		return r;
	if (i.status != OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container '%s' is not paused",
			       c->record.name);
	r = instance_resume(&i, err);
	if (r == 0)
		event_container(c, &(struct masu_event){.action = "unpause"});
	return r == -ESRCH ? not_running(c, err) : r;
}
