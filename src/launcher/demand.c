/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/demand.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "engine/container/on-demand.h"
#include "engine/control/remove.h"
#include "launcher/start.h"
#include "systemd/manager.h"
#include "systemd/scope.h"
#include "systemd/socket-unit.h"

#define UNIT_STOP_TIMEOUT_MS 600000

static void forget(struct demand *d)
{
	connector_stop(&d->connector);
	fd_close(&d->pidfd);
	d->frozen = false;
}

void demand_done(struct demand *d)
{
	forget(d);
	masu_container_free(d->c);
	*d = DEMAND_INIT;
}

bool demand_has_ended(struct demand *d)
{
	if (d->pidfd >= 0 && pidfd_wait(d->pidfd, 0))
		forget(d);
	return d->pidfd < 0;
}

/* A unit creates a container anew for each of its runs. */
static int find(struct demand *d, struct masu_error *err)
{
	masu_container *c;
	int r = masu_container_find(d->e, d->name, &c, err);

	if (r < 0)
		return r;
	masu_container_free(d->c);
	d->c = c;
	return 0;
}

int demand_look(struct demand *d, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = find(d, err);

	if (r == -ENOENT && d->unit) {
		err_done(err);
		return 0;
	}
	if (r < 0)
		return r;
	/* A start is awaited: before it has executed the command, no process may enter. */
	r = container_instance(d->c, &i, err);
	if (r == -ESRCH) {
		err_done(err);
		return 0;
	}
	if (r < 0)
		return r;
	forget(d);
	d->pidfd = TAKE_FD(i.pidfd);
	d->polls = pidfd_polls(d->pidfd);
	d->frozen = i.status == OCI_STATUS_PAUSED;
	return 1;
}

/* In a process of its own, whose monitor does not become a child of this one. It prints its error. */
static int run_start(const struct demand *d, struct masu_error *err)
{
	_cleanup_free_ char *program = start_program();
	char *argv[] = {(char *)"masu", (char *)"start", (char *)"--now", (char *)d->name, NULL};
	const struct proc_spec spec = {.path = program,
				       .argv = argv,
				       .env = environ,
				       .stdio = (int[]){-1, -1, STDERR_FILENO}};
	pid_t pid;

	if (!program)
		return err_oom(err);
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	r = proc_wait(pid);
	return r == 0 ? 0
		      : err_set(err, ERR_UNAVAILABLE, ECHILD, "cannot start container '%s'",
				d->name);
}

static int start(const struct demand *d, struct masu_error *err)
{
	return d->unit ? service_start(manager_is_system(), d->unit, err) : run_start(d, err);
}

static int require_running(struct demand *d, bool *ret_started, struct masu_error *err)
{
	int r = demand_look(d, err);

	if (r != 0)
		return r;
	*ret_started = true;
	r = start(d, err);
	if (r == 0)
		r = demand_look(d, err);
	return r == 0 ? err_set(err, ERR_UNAVAILABLE, ECHILD,
				"container '%s' has ended at once: 'masu logs %s' has its output",
				d->name, d->name)
		      : r;
}

int demand_up(struct demand *d, bool *ret_started, struct masu_error *err)
{
	*ret_started = false;
	if (demand_has_ended(d)) {
		int r = require_running(d, ret_started, err);

		if (r < 0)
			return r;
	}
	if (!d->frozen)
		return 0;
	int r = masu_container_unpause(d->c, err);
	if (r < 0 && r != -EALREADY && r != -ESRCH)
		return r;
	/* Resumed, perhaps by the user, or ended, as the socket will tell. */
	err_done(err);
	d->frozen = false;
	return 0;
}

int demand_socket(struct demand *d, int family, struct sockaddr_storage *ret_address,
		  struct masu_error *err)
{
	int r = d->connector.channel >= 0 ? 0 : connector_start(d->pidfd, &d->connector, err);

	if (r == 0)
		r = connector_socket(&d->connector, family, ret_address);
	if (r >= 0 || r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT)
		return r;
	connector_stop(&d->connector);
	if (demand_has_ended(d) || r == -ECONNRESET) {
		err_done(err);
		return -ECONNRESET;
	}
	return err_sys(err, r, "connect to container '%s'", d->name);
}

int demand_freeze(struct demand *d, struct masu_error *err)
{
	int r = masu_container_pause(d->c, err);

	if (r < 0 && r != -EALREADY)
		return r;
	err_done(err);
	d->frozen = true;
	return 0;
}

int demand_stop(struct demand *d, struct masu_error *err)
{
	int r = d->unit ? scope_stop(manager_is_system(), d->unit, UNIT_STOP_TIMEOUT_MS, err)
			: container_stop_idle(d->c, err);

	if (r == 0)
		forget(d);
	return r;
}

int demand_abandon(const struct demand *d, struct masu_error *err)
{
	_cleanup_free_ char *unit = on_demand_unit(d->name);

	return unit ? socket_unit_stop(manager_is_system(), unit, err) : err_oom(err);
}
