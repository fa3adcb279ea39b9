/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>

#include "base/ending.h"
#include "base/log.h"
#include "base/proc.h"
#include "cgroup/join.h"
#include "engine/supervise.h"
#include "engine/terminal.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/exec-process.h"
#include "oci-cli/handover.h"
#include "runtime/exec.h"

/* As runc and crun have it. */
#define STATUS_NOT_EXECUTED 255

struct exec {
	const struct oci_options *options;
	struct bundle bundle;
	struct oci_spec *spec;
	struct seccomp_filter filter;
	struct cgroup *cgroup;
	struct exec_plan plan;
	char *start_socket;
	int console_socket, pidfd_socket; /* connected, or -1 */
	struct exec_process process;
};

static void exec_done(struct exec *e)
{
	exec_process_done(&e->process);
	closep(&e->console_socket);
	closep(&e->pidfd_socket);
	free(e->start_socket);
	cgroup_free(e->cgroup);
	seccomp_filter_done(&e->filter);
	oci_spec_free(e->spec);
	bundle_done(&e->bundle);
}

static int check_status(const struct exec *e, struct err *err)
{
	switch (e->bundle.status) {
	case OCI_STATUS_CREATING:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot exec in a container that is still being created");
	case OCI_STATUS_CREATED:
	case OCI_STATUS_RUNNING:
		return 0;
	case OCI_STATUS_PAUSED:
		if (e->options->ignore_paused)
			return 0;
		(void)err_set(err, ERR_CONFLICT, EBUSY, "cannot exec in a paused container");
		return err_hint(err, "with --ignore-paused it waits until the container goes on");
	default:
		return err_set(err, ERR_CONFLICT, ESRCH, "cannot exec in a stopped container");
	}
}

/*
 * Init of a created container has all privileges until the start. It closes itself to who has
 * CAP_SYS_PTRACE in the container's user namespace; who has it in masu's own could still trace it.
 */
static int plan_created(struct exec *e, struct err *err)
{
	const struct caps_sets *caps = &e->spec->process->capabilities;
	bool traces = (caps->bounding | caps->permitted) & CAPS_BIT(CAP_SYS_PTRACE);

	if (e->bundle.status != OCI_STATUS_CREATED)
		return 0;
	if (traces && !e->spec->namespaces[OCI_NS_USER].wanted) {
		(void)err_set(err, ERR_CONFLICT, EBUSY,
			      "cannot exec in a created container that has CAP_SYS_PTRACE and no "
			      "user namespace");
		return err_hint(err, "it could take over init, which has all privileges until "
				     "the start: start it first");
	}
	e->plan.start_socket = e->start_socket = bundle_socket(&e->bundle);
	return e->start_socket ? 0 : err_sys(err, ENOMEM, "find the container's socket");
}

static int check_terminal(const struct exec *e, struct err *err)
{
	const struct oci_options *o = e->options;
	bool terminal = e->spec->process->terminal;

	if (o->console_socket && !terminal)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--console-socket without a terminal (--tty)");
	if (terminal && o->detach && !o->console_socket)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a terminal (--tty) with --detach needs --console-socket");
	return 0;
}

static int open_cgroup(struct exec *e, struct err *err)
{
	const struct bundle_state *s = &e->bundle.state;

	if (s->cgroup) {
		int r = cgroup_open(s->cgroup, s->cgroup_flags, &e->cgroup, err);
		if (r != -ENOENT)
			return r;
		err_done(err);
		return cgroup_open_present(s->pid, s->cgroup_flags, &e->cgroup, err);
	}
	if (e->options->cgroups)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--cgroup '%s': the container has no cgroup",
			       e->options->cgroups[0]);
	return 0;
}

static int prepare(struct exec *e, char **operands, struct err *err)
{
	const struct oci_options *o = e->options;
	int r = bundle_find(o->globals, operands[0], &e->bundle, err);

	if (r == 0)
		r = check_status(e, err);
	if (r == 0)
		r = config_read(e->bundle.dirfd, &e->spec, err);
	if (r == 0)
		r = exec_process_set(e->spec, o, operands + 1, err);
	if (r == 0)
		r = check_terminal(e, err);
	if (r == 0)
		r = open_cgroup(e, err);
	if (r < 0)
		return r;
	r = config_filter(e->spec, &e->filter, err);
	if (r < 0)
		return r;
	e->plan = (struct exec_plan){
		.base = {.id = e->bundle.state.id,
			 .bundle = e->bundle.state.bundle,
			 .spec = e->spec,
			 .new_keyring = !e->bundle.state.no_keyring,
			 .seccomp = r > 0 ? &e->filter : NULL,
			 .stdio = {0, 1, 2},
			 .n_preserve_fds = o->n_preserve_fds,
			 .die_with_launcher = !o->detach,
			 .start_listener = -1},
		.init = e->bundle.state.pid,
		.init_pidfd = e->bundle.pidfd,
		.cgroup = e->cgroup,
		.sub_cgroups = o->cgroups,
	};
	if (e->spec->process->terminal && !o->console_socket)
		e->plan.base.window = terminal_size();
	return plan_created(e, err);
}

static int start(struct exec *e, struct err *err)
{
	const struct oci_options *o = e->options;
	int r = handover_connect(o->console_socket, &e->console_socket, err);

	if (r == 0)
		r = handover_connect(o->pidfd_socket, &e->pidfd_socket, err);
	if (r == 0)
		r = exec_start(&e->plan, &e->process, err);
	if (r < 0)
		return r;
	log_debug("process %d was executed in container '%s'", (int)e->process.pid,
		  e->bundle.state.id);
	r = handover_fd(e->console_socket, e->process.console, "terminal", err);
	if (r == 0)
		r = handover_fd(e->pidfd_socket, e->process.pidfd, "pidfd", err);
	if (r == 0)
		r = handover_pid(o->pid_file, e->process.pid, err);
	if (r < 0) {
		(void)proc_pidfd_kill(e->process.pidfd, SIGKILL);
		(void)proc_wait(e->process.pid);
	}
	return r;
}

static int start_detached(struct exec *e, struct err *err)
{
	sigset_t saved;

	ending_hold(&saved);
	int r = start(e, err);
	if (r == 0) /* else there is an error to be told, and nothing more to be done */
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

/* Its exit status, after passing on signals and what goes through its terminal. */
static int stand_by(struct exec *e, struct supervisor *s, struct err *err)
{
	bool own = e->process.console >= 0 && !e->options->console_socket;
	int r = supervisor_attach(s, e->process.pidfd, own ? e->process.console : -1, true, err);

	if (r < 0)
		(void)proc_pidfd_kill(e->process.pidfd, SIGKILL);
	else
		supervisor_wait(s);
	int status = proc_wait(e->process.pid);
	return r < 0 ? r : status;
}

static int execute(struct exec *e, char **operands, struct err *err)
{
	_cleanup_supervisor_ struct supervisor *s = NULL;
	int r = prepare(e, operands, err);

	if (r < 0)
		return r;
	if (e->options->detach)
		return start_detached(e, err);
	r = supervisor_new(true, &s, err);
	if (r == 0)
		r = start(e, err);
	return r < 0 ? r : stand_by(e, s, err);
}

static int exec_run(const void *values, char **operands, struct err *err)
{
	struct exec e = {.options = values,
			 .bundle = BUNDLE_INIT,
			 .console_socket = -1,
			 .pidfd_socket = -1,
			 .process = EXEC_PROCESS_INIT};
	int r = execute(&e, operands, err);

	exec_done(&e);
	if (r >= 0)
		return r;
	(void)log_err(err);
	return err->kind == ERR_SIGNAL ? err_exit_status(err) : STATUS_NOT_EXECUTED;
}

static const struct option_row exec_rows[] = {
	OCI_ROW(OPTION_LIST, gids, 'g', "additional-gids", "GID", "add the process to this group"),
	OCI_ROW(OPTION_STRING, apparmor, 0, "apparmor", "PROFILE", "AppArmor profile"),
	OCI_ROW(OPTION_LIST, caps, 'c', "cap", "NAME", "add a capability"),
	OCI_ROW(OPTION_LIST, cgroups, 0, "cgroup", "PATH", "a group below the container's"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"where the terminal's master is sent"),
	OCI_ROW(OPTION_STRING, cwd, 0, "cwd", "DIR", "working directory"),
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "return when it runs"),
	OCI_ROW(OPTION_LIST, env, 'e', "env", "NAME=VALUE", "set a variable"),
	OCI_ROW(OPTION_FLAG, ignore_paused, 0, "ignore-paused", NULL,
		"also in a paused container: it runs when that goes on"),
	OCI_ROW(OPTION_FLAG, no_new_privs, 0, "no-new-privs", NULL,
		"no privileges from setuid programs"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE", "write the process's pid there"),
	OCI_ROW(OPTION_STRING, pidfd_socket, 0, "pidfd-socket", "PATH",
		"where a pidfd of the process is sent"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, n_preserve_fds, 0, "preserve-fds",
			 "NUMBER", "pass so many descriptors from 3 on"),
	OCI_ROW(OPTION_STRING, process, 'p', "process", "FILE",
		"what to run, as the process of a config.json"),
	OCI_ROW(OPTION_STRING, process_label, 0, "process-label", "LABEL", "SELinux label"),
	OCI_ROW(OPTION_FLAG, tty, 't', "tty", NULL, "give it a terminal"),
	OCI_ROW(OPTION_STRING, user, 'u', "user", "UID[:GID]", "who it runs as"),
	{0},
};

const struct command oci_command_exec = {
	.name = "exec",
	.operands = "ID [COMMAND [ARG...]]",
	.summary = "Run a further process in a container",
	.options = exec_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = exec_run,
};
