/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/program.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strv.h"

static int spawn(const struct program *p, int report, pid_t *ret_pid, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	const int pass[] = {report, p->input};
	struct proc_spec spec = p->spec;

	if (strv_extend(&argv, p->head) < 0 ||
	    strv_pushf(&argv, "%s%d", p->socket_option, report) < 0 ||
	    strv_extend(&argv, p->args) < 0)
		return err_sys(err, ENOMEM, "run %s", p->head[0]);
	spec.argv = argv;
	spec.env = environ;
	spec.pass = pass;
	spec.n_pass = p->input > STDERR_FILENO ? 2 : 1;
	return proc_spawn(&spec, ret_pid, NULL, err);
}

static int receive(const struct masu_engine *e, const struct program *p, int report, pid_t pid,
		   struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	bool canceled = false;
	int r = 0;

	for (;;) {
		if (!canceled && engine_await(e, report, -1, r < 0 ? NULL : err) == -ECANCELED) {
			canceled = true;
			(void)kill(pid, SIGTERM);
		}
		if (channel_receive(report, &m) < 0)
			return canceled ? -ECANCELED : r;
		if (r < 0 || canceled)
			continue;
		r = m.type == CHANNEL_ERROR ? channel_to_err(&m, err) : p->take(p->arg, &m, err);
	}
}

int program_run(const struct masu_engine *e, const struct program *p, int *ret_status,
		struct masu_error *err)
{
	_cleanup_close_ int report = -1, theirs = -1;
	pid_t pid;
	int r = channel_pair(&report, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	r = spawn(p, theirs, &pid, err);
	if (r < 0)
		return r;
	fd_close(&theirs);
	r = receive(e, p, report, pid, err);
	*ret_status = proc_wait(pid);
	return r;
}
