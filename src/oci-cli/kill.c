/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/proc.h"
#include "cgroup/cgroup.h"
#include "oci-cli/bundle.h"

static int signal_all(const struct bundle_state *s, int n, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = bundle_cgroup(s, &cg, err);

	if (r == -ENOENT)
		return 0; /* nothing of it is left */
	if (r < 0)
		return r;
	return n == SIGKILL ? cgroup_kill(cg, err) : cgroup_signal(cg, n, err);
}

static int kill_one(const struct oci_options *o, const char *id, int n, struct err *err)
{
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_find(o->globals, id, &b, err);

	if (r < 0)
		return r;
	if (o->all)
		return signal_all(&b.state, n, err);
	r = b.pidfd < 0 ? -ESRCH : proc_pidfd_kill(b.pidfd, n);
	if (r == 0 && n == SIGKILL && b.status == OCI_STATUS_PAUSED)
		bundle_let_die(&b.state);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return r < 0 ? err_sys(err, r, "send a signal to container '%s'", id) : 0;
}

static int kill_run(const void *values, char **operands, struct err *err)
{
	int n = operands[1] ? proc_signal_from_string(operands[1]) : SIGTERM;

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal '%s'", operands[1]);
	return kill_one(values, operands[0], n, err);
}

static const struct option_row kill_rows[] = {
	OCI_ROW(OPTION_FLAG, all, 'a', "all", NULL, "to all of its processes"),
	{0},
};

const struct command oci_command_kill = {
	.name = "kill",
	.operands = "ID [SIGNAL]",
	.summary = "Send a signal to a container's init (default TERM)",
	.options = kill_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 2,
	.run = kill_run,
};
