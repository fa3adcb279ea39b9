/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/file.h>

#include "base/file.h"
#include "engine/remove.h"
#include "launcher/start.h"

#define LOCK_TIMEOUT_MS 15000

/* The exit command of the supervisor may hold the lock for a moment. */
static int lock_stopped(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = home_hold(&c->home, c->engine, LOCK_TIMEOUT_MS);
	if (r == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot restart container '%s': another process has started it",
			       c->record.name);
	return r < 0 ? err_sys(err, r, "restart container '%s'", c->record.name) : 0;
}

static int stop_and_start(masu_container *c, const struct masu_stop_options *o,
			  struct masu_error *err)
{
	int r = masu_container_stop(c, o, err);

	if (r == 0)
		r = lock_stopped(c, err);
	if (r == 0)
		r = engine_load_idmap(c->engine, err);
	if (r == 0)
		r = container_read_spec(c, err);
	return r == 0 ? start_locked(c, err) : r;
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
