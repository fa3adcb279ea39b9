/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A start in two steps, as Podman's `init` has it: a container is prepared up to the state that OCI calls "created", and
 * started later.
 *
 * The first step is a start in the background (detach.c), but init does not get GO from its launcher: it waits for a client of
 * its socket in the container's directory, as that of `masu-oci create` does. The launcher becomes the monitor, which dies
 * with its init or takes it along, as ever. Nothing records the status: the socket and an init without an execve(2) show it
 * (runtime/container-state.h). The marks of a start are written by the second step: a container that was only initialized has
 * its last end after it, or is as it was created.
 */

#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/file.h"
#include "engine/container/restart.h"
#include "launcher/start.h"
#include "runtime/instance.h"

#define START_LOCK "start.lock" /* the monitor has the lock of the container */

static int go(masu_container *c, const struct instance *i, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	restart_begin(c->home.fd, &c->record);
	r = start_mark(c, &own);
	if (r == 0)
		r = instance_let_go(i, &own);
	if (r == 0) {
		start_report(c);
		return 0;
	}
	start_record_failure(c, &own);
	return err_move(err, &own);
}

int initialized_start(masu_container *c, struct masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	_cleanup_close_ int lock = file_lock_or_cancel(c->home.fd, START_LOCK, LOCK_EX,
						       c->engine->cancel_fd);
	container_close(c);
	if (lock < 0)
		return err_sys(err, lock, "start container '%s'", c->record.name);
	r = container_created_instance(c, &i, err);
	if (r < 0)
		return r;
	if (i.status != OCI_STATUS_CREATED)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is running",
			       c->record.name);
	r = go(c, &i, err);
	container_close(c);
	return r;
}
