/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kill.h"

#include <errno.h>
#include <signal.h>

#include "base/pidfd.h"
#include "runtime/config.h"

/* Then the end of its init ends all of its processes. */
static bool has_own_pids(const struct instance *c)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	return config_read(c->dir.fd, &spec, NULL) == 0 && spec->namespaces[OCI_NS_PID].wanted &&
	       !spec->namespaces[OCI_NS_PID].path;
}

static int signal_init(const struct instance *c, int n, struct masu_error *err)
{
	int r = c->pidfd < 0 ? -ESRCH : pidfd_kill(c->pidfd, n);

	if (r == 0 && n == SIGKILL && c->status == OCI_STATUS_PAUSED)
		instance_let_die(c);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return r < 0 ? err_sys(err, r, "send a signal to container '%s'", c->state.id) : 0;
}

/*
 * Without a pid namespace of its own a container outlives its init, and the processes that are left can
 * be killed even after its end.
 */
static int kill_group(const struct instance *c, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (cgroup_open(c->state.cgroup, c->state.cgroup_flags, &cg, NULL) < 0 ||
	    cgroup_is_populated(cg) <= 0)
		return signal_init(c, SIGKILL, err);
	int r = cgroup_kill(cg, err);
	if (r == 0 && c->pidfd >= 0)
		(void)pidfd_kill(c->pidfd, SIGKILL); /* in case it left the group */
	return r;
}

static int signal_all(const struct instance *c, int n, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!c->state.cgroup && c->status == OCI_STATUS_STOPPED)
		return 0; /* its processes cannot be found */
	if (!c->state.cgroup && n == SIGKILL && has_own_pids(c))
		return signal_init(c, n, err);
	int r = container_state_cgroup(&c->state, &cg, err);
	if (r == -ENOENT)
		return 0; /* it has no processes any more */
	if (r < 0)
		return r;
	return n == SIGKILL ? cgroup_kill(cg, err) : cgroup_signal(cg, n, err);
}

int instance_kill(const struct instance *c, int signal, bool all, struct masu_error *err)
{
	if (all)
		return signal_all(c, signal, err);
	if (signal == SIGKILL && c->state.cgroup && !has_own_pids(c))
		return kill_group(c, err);
	return signal_init(c, signal, err);
}
