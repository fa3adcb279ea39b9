/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "engine/container/on-demand.h"
#include "systemd/manager.h"
#include "systemd/socket-unit.h"

int on_demand_lock(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	while (r == 0) {
		_cleanup_close_ int lock = file_lock_or_cancel(c->home.fd, ON_DEMAND_FILE, LOCK_EX,
							       c->engine->cancel_fd);

		if (lock < 0)
			return err_sys(err, lock, "lock the ports of container '%s'",
				       c->record.name);
		if (file_is_at(lock, c->home.fd,
			       ON_DEMAND_FILE)) /* not removed by its last owner */
			return TAKE_FD(lock);
	}
	return r;
}

static int release_held(const masu_container *c, struct masu_error *err)
{
	_cleanup_free_ char *unit = on_demand_unit(c->home.id);
	_cleanup_free_ char *fifo = on_demand_fifo(c->engine, c->home.id);

	if (!unit || !fifo)
		return err_oom(err);
	if (!on_demand_is_held(c->engine, c->home.id))
		return 0;
	int r = socket_unit_stop(manager_is_system(), unit, err);
	if (r < 0 && r != -ENOTCONN) /* without a manager nobody holds them */
		return err_prefix(err, "cannot release the ports of container '%s'",
				  c->record.name);
	err_done(err);
	(void)unlink(fifo); /* that of a manager that was killed */
	return 0;
}

int on_demand_release(masu_container *c, struct masu_error *err)
{
	if (!on_demand_seconds(&c->record))
		return 0;
	_cleanup_close_ int lock = on_demand_lock(c, err);
	int r = lock < 0 ? lock : release_held(c, err);
	if (r == 0)
		(void)unlinkat(c->home.fd, ON_DEMAND_FILE, 0); /* this process has created it */
	container_close(c);
	return r;
}
