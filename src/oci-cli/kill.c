/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/proc.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/match.h"

struct request {
	const struct oci_options *options;
	int signal;
};

/* Killing the init of a pid namespace of its own kills all that is in it. */
static bool is_alone(const struct bundle *b)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	return config_read(b->dirfd, &spec, NULL) == 0 && spec->namespaces[OCI_NS_PID].wanted &&
	       !spec->namespaces[OCI_NS_PID].path;
}

static int signal_init(const struct bundle *b, int n, struct err *err)
{
	int r = b->pidfd < 0 ? -ESRCH : proc_pidfd_kill(b->pidfd, n);

	if (r == 0 && n == SIGKILL && b->status == OCI_STATUS_PAUSED)
		bundle_let_die(&b->state);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return r < 0 ? err_sys(err, r, "send a signal to container '%s'", b->state.id) : 0;
}

/*
 * Without a pid namespace of its own a container outlives its init, and what it left can be killed also
 * when that is gone.
 */
static int kill_group(const struct bundle *b, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (cgroup_open(b->state.cgroup, b->state.cgroup_flags, &cg, NULL) < 0 ||
	    cgroup_is_populated(cg) <= 0)
		return signal_init(b, SIGKILL, err);
	int r = cgroup_kill(cg, err);
	if (r == 0 && b->pidfd >= 0)
		(void)proc_pidfd_kill(b->pidfd, SIGKILL); /* had it left the group */
	return r;
}

static int signal_all(const struct bundle *b, int n, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!b->state.cgroup && b->status == OCI_STATUS_STOPPED)
		return 0; /* nothing of it can be found */
	if (!b->state.cgroup && n == SIGKILL && is_alone(b))
		return signal_init(b, n, err);
	int r = bundle_cgroup(&b->state, &cg, err);
	if (r == -ENOENT)
		return 0; /* nothing of it is left */
	if (r < 0)
		return r;
	return n == SIGKILL ? cgroup_kill(cg, err) : cgroup_signal(cg, n, err);
}

static int kill_one(const struct request *q, const char *id, struct err *err)
{
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_find(q->options->globals, id, &b, err);

	if (r < 0)
		return r;
	if (q->options->all)
		return signal_all(&b, q->signal, err);
	if (q->signal == SIGKILL && b.state.cgroup && !is_alone(&b))
		return kill_group(&b, err);
	return signal_init(&b, q->signal, err);
}

/* Those that don't run have nothing to be told. */
static int kill_matching(const char *root, const char *id, void *arg, struct err *err)
{
	int r = kill_one(arg, id, err);

	(void)root;
	return r == -ESRCH || r == -ENOENT ? 0 : r;
}

static int kill_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	struct request q = {
		.options = o,
		.signal = operands[1] ? proc_signal_from_string(operands[1]) : SIGTERM,
	};

	if (operands[1] && streq(operands[1], "0")) /* asks whether it is there */
		q.signal = 0;
	if (q.signal < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal '%s'", operands[1]);
	return o->regex ? match_each(o->globals, operands[0], kill_matching, &q, err)
			: kill_one(&q, operands[0], err);
}

static const struct option_row kill_rows[] = {
	OCI_ROW(OPTION_FLAG, all, 'a', "all", NULL, "to all of its processes"),
	OCI_ROW(OPTION_FLAG, regex, 'r', "regex", NULL,
		"to all containers whose ids match this regular expression"),
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
