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
	const int wanted[] = {p->input, p->further[0], p->further[1]};
	int pass[1 + ARRAY_SIZE(wanted)] = {report};
	struct proc_spec spec = p->spec;

	if (strv_extend(&argv, p->head) < 0 ||
	    strv_pushf(&argv, "%s%d", p->socket_option, report) < 0 ||
	    strv_extend(&argv, p->args) < 0)
		return err_oom(err);
	spec.argv = argv;
	spec.env = environ;
	spec.pass = pass;
	spec.n_pass = 1;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (wanted[i] > STDERR_FILENO)
			pass[spec.n_pass++] = wanted[i];
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

int program_start(const struct program *p, struct program_process *ret, struct masu_error *err)
{
	_cleanup_close_ int report = -1, theirs = -1;
	int r = channel_pair(&report, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	r = spawn(p, theirs, &ret->pid, err);
	if (r == 0)
		ret->report = TAKE_FD(report);
	return r;
}

int program_wait(const struct masu_engine *e, const struct program *p,
		 struct program_process *process, int *ret_status, struct masu_error *err)
{
	int r = receive(e, p, process->report, process->pid, err);

	fd_close(&process->report);
	*ret_status = proc_wait(TAKE(process->pid, 0));
	return r;
}

void program_stop(struct program_process *process)
{
	fd_close(&process->report);
	if (process->pid <= 0)
		return;
	(void)kill(process->pid, SIGTERM);
	(void)proc_wait(TAKE(process->pid, 0));
}

int program_run(const struct masu_engine *e, const struct program *p, int *ret_status,
		struct masu_error *err)
{
	struct program_process process = PROGRAM_PROCESS_INIT;
	int r = program_start(p, &process, err);

	return r < 0 ? r : program_wait(e, p, &process, ret_status, err);
}
