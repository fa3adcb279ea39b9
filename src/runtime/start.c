/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/start.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/config.h"
#include "runtime/container.h"
#include "runtime/delete.h"
#include "runtime/hooks.h"
#include "runtime/readiness.h"

/* A container whose hook fails is deleted, and its poststop hooks run (runtime.md, "Lifecycle"). */
static int run_poststart(const struct instance *c, struct masu_error *err)
{
	const struct container_state *s = &c->state;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	if (config_read(c->dir.fd, &spec, NULL) < 0)
		return 0; /* a removed file has no hooks */
	int r = hooks_run_poststart(spec, s->id, s->bundle, s->pid, err);
	if (r < 0)
		(void)instance_delete(c->dir.root, s->id, true, NULL); /* the hook is the reason */
	return r;
}

static int let_go(const struct instance *c, struct masu_error *err)
{
	_cleanup_free_ char *path = state_dir_path(&c->dir, START_SOCKET);

	if (!path)
		return err_sys(err, ENOMEM, "start container '%s'", c->state.id);
	int r = container_let_go(path, err);
	/* Also after a failed exec, since init has gone; but not if another start is at work. */
	if (r != -ECONNREFUSED)
		(void)unlinkat(c->dir.fd, START_SOCKET, 0);
	return r;
}

int instance_start(const struct instance *c, struct masu_error *err)
{
	_cleanup_close_ int ready = -1;

	if (c->status != OCI_STATUS_CREATED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot start container '%s' in the %s state", c->state.id,
			       oci_status_name(c->status));
	int r = readiness_listen(c->dir.fd, &ready, err);
	if (r < 0)
		return r;
	r = let_go(c, err);
	if (r < 0)
		return r;
	r = run_poststart(c, err);
	if (r == 0)
		readiness_wait(ready, c->pidfd, c->state.pid);
	return r;
}
