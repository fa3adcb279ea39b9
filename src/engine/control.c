/* SPDX-License-Identifier: Apache-2.0 */

/* Signals and pauses of a running container, by the runtime's functions on its state directory. */

#include <errno.h>

#include "engine/container.h"
#include "engine/event.h"
#include "runtime/instance.h"

static int not_running(const masu_container *c, struct masu_error *err)
{
	return err_set(err, ERR_CONFLICT, ESRCH, "container '%s' is not running", c->record.name);
}

int container_instance(masu_container *c, struct instance *ret, struct masu_error *err)
{
	_cleanup_free_ char *root = paths_data(&c->engine->paths, "containers");
	int r = root ? masu_container_refresh(c, err)
		     : err_sys(err, ENOMEM, "find container '%s'", c->record.name);

	if (r < 0)
		return r;
	if (!state_is_alive(&c->state))
		return not_running(c, err);
	r = instance_find(root, c->home.id, ret, err);
	return r == -ENOENT ? not_running(c, err) : r;
}

int masu_container_kill(masu_container *c, int signal, masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	if (r < 0)
		return r;
	r = instance_kill(&i, signal, false, err);
	if (r < 0)
		return r == -ESRCH ? not_running(c, err) : r;
	event_container(c, &(struct masu_event){.action = "kill", .signal = signal});
	return 0;
}

int masu_container_pause(masu_container *c, masu_error *err)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	int r = container_instance(c, &i, err);

	if (r < 0)
		return r;
	if (i.status == OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container '%s' is already paused",
			       c->record.name);
	r = instance_pause(&i, err);
	if (r == 0)
		event_container(c, &(struct masu_event){.action = "pause"});
	return r;
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
	return r;
}
