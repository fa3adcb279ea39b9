/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/keys.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/strv.h"
#include "base/termination.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/name.h"
#include "engine/options.h"
#include "launcher/secrets.h"
#include "launcher/stdio.h"
#include "runtime/exec.h"
#include "runtime/supervise.h"

struct session {
	masu_container *c;
	struct masu_exec_options options;
	char id[ID_LENGTH + 1]; /* for its events */
	struct instance instance;
	struct exec exec;
	struct keys keys;
	struct stdio stdio;
	struct supervisor *supervisor; /* NULL: detached */
	struct exec_process process;
};

static void session_done(struct session *x)
{
	exec_process_done(&x->process);
	supervisor_free(x->supervisor);
	stdio_done(&x->stdio);
	exec_done(&x->exec);
	instance_done(&x->instance);
}
#define _cleanup_session_ _cleanup_(session_done)

static int check_running(masu_container *c, struct masu_error *err)
{
	const char *name = c->record.name;
	int r = container_await_start(c, err);

	if (r < 0 || c->state.status == MASU_STATUS_RUNNING)
		return r;
	if (c->state.status == MASU_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EBUSY, "cannot exec in container '%s': paused",
			       name);
	r = err_set(err, ERR_CONFLICT, ESRCH, "cannot exec in container '%s': not running", name);
	(void)err_hint(err, "start it first: masu start %s%s",
		       c->state.status == MASU_STATUS_ON_DEMAND ? "--now " : "", name);
	return r;
}

static int check_options(struct session *x, struct masu_error *err)
{
	const struct masu_exec_options *o = &x->options;

	if (!o->command || !*o->command)
		return err_set(err, ERR_INVALID, EINVAL, "missing command");
	if (o->preserve_fds < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid number of descriptors: %d",
			       o->preserve_fds);
	if (o->workdir && *o->workdir != '/')
		return err_set(err, ERR_INVALID, EINVAL, "working directory '%s' is not absolute",
			       o->workdir);
	const char *keys;
	int r = engine_detach_keys(x->c->engine, o->detach_keys, &keys, err);
	return r < 0 ? r : keys_parse(keys, &x->keys, err);
}

/* If there is no init to join, the error has the reason, which the engine's state gives. */
static int find_running(struct session *x, struct masu_error *err)
{
	_cleanup_free_ char *root = paths_data(&x->c->engine->paths, "containers");
	int r = root ? instance_find(root, x->c->home.id, &x->instance, NULL) : err_oom(err);

	if (!root || (r == 0 && x->instance.status == OCI_STATUS_RUNNING))
		return r;
	instance_done(&x->instance);
	r = check_running(x->c, err);
	return r < 0 ? r : container_instance(x->c, &x->instance, err);
}

/* The process outlives this one: its end is that of the container. */
static int prepare(struct session *x, struct masu_error *err)
{
	const struct masu_exec_options *o = &x->options;
	_cleanup_free_ char *cache = paths_run(&x->c->engine->paths, "seccomp");
	const struct exec_options options = {
		.args = o->command,
		.env = o->env,
		.cwd = o->workdir,
		.user = o->user,
		.terminal = o->tty,
		.stdio = {-1, -1, -1},
		.window = o->tty ? terminal_size() : (struct winsize){0},
		.n_preserve_fds = o->preserve_fds,
		.detach = true,
		.seccomp_cache = cache,
	};
	int r = cache ? exec_prepare(&x->instance, &options, &x->exec, err) : err_oom(err);

	if (r == 0)
		r = secrets_add_env_again(x->c, o->env, &x->exec.spec->process->env, err);
	if (r == 0 && o->privileged) {
		uint64_t all = caps_of_kernel();

		x->exec.spec->process->capabilities = (struct caps_sets){
			.bounding = all, .effective = all, .permitted = all};
	}
	if (r < 0 || !o->tty)
		return r;
	char ***env = &x->exec.spec->process->env;
	if (!strv_env_get(*env, "TERM") && strv_env_set(env, "TERM=xterm") < 0)
		return err_oom(err);
	return 0;
}

/*
 * A child keeps the terminal of a process that continues without this one: else the kernel would hang
 * it up. Its output is dropped.
 */
static int leave_terminal(int console, struct masu_error *err)
{
	char dropped[4096];

	if (console < 0)
		return 0;
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "keep the terminal of the process");
	if (pid > 0)
		return 0;
	(void)setsid();
	(void)!chdir("/"); /* a failure keeps a directory in use, and no more */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)close(fd);
	(void)fd_close_from(3, &console, 1);
	while (read(console, dropped, sizeof(dropped)) > 0 || errno == EINTR)
		continue; /* EIO when the last process has closed it */
	_exit(0);
}

/* Executes the command. */
static int start(struct session *x, struct masu_error *err)
{
	int r = exec_start(&x->exec, &x->process, err);

	if (r < 0)
		return r;
	if (id_new(x->id) < 0)
		x->id[0] = '\0';
	event_container(x->c, &(struct masu_event){.action = "exec", .exec_id = x->id});
	return 0;
}

/* Signals that end masu are held back until the command was executed: they undo it. */
static int run_detached(struct session *x, struct masu_error *err)
{
	sigset_t saved;

	termination_hold(&saved);
	int r = start(x, err);
	if (r == 0)
		r = leave_terminal(x->process.console, err);
	if (r == 0) /* otherwise the caller has only the error to report */
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

static int stand_by(struct session *x, int *ret_status, struct masu_error *err)
{
	struct supervisor *s = x->supervisor;
	int r = supervisor_attach(s, x->process.pidfd, x->process.console, x->options.interactive,
				  err);

	if (isatty(STDIN_FILENO))
		s->streams.keys = &x->keys;
	if (r < 0)
		(void)pidfd_kill(x->process.pidfd, SIGKILL);
	supervisor_wait(s);
	if (s->streams.detached) {
		*ret_status = 0;
		return leave_terminal(x->process.console, err);
	}
	int status = proc_wait(x->process.pid);
	event_container(x->c, &(struct masu_event){.action = "exec_died",
						   .exec_id = x->id,
						   .has_exit_code = true,
						   .exit_code = status});
	stdio_report(x->c->engine, &s->streams);
	if (r == 0)
		*ret_status = status;
	return r;
}

static int run_attached(struct session *x, int *ret_status, struct masu_error *err)
{
	const bool wanted[] = {x->options.interactive, true, true};
	int r = supervisor_new(true, &x->supervisor, err);

	if (r == 0 && !x->options.tty)
		r = stdio_connect(&x->stdio, &x->supervisor->streams, wanted, err);
	if (r < 0)
		return r;
	memcpy(x->exec.plan.base.stdio, x->stdio.given, sizeof(x->stdio.given));
	r = start(x, err);
	stdio_done(&x->stdio);
	return r < 0 ? r : stand_by(x, ret_status, err);
}

int masu_container_exec(masu_container *c, const struct masu_exec_options *options, int *ret_status,
			masu_error *err)
{
	_cleanup_session_ struct session x = {.c = c,
					      .instance = INSTANCE_INIT,
					      .stdio = STDIO_INIT,
					      .process = EXEC_PROCESS_INIT};
	int r = options_take(&x.options, sizeof(x.options), options, err);

	if (r < 0)
		return r;
	r = check_options(&x, err);
	if (r < 0)
		return r;
	r = find_running(&x, err);
	if (r < 0)
		return r;
	r = prepare(&x, err);
	if (r < 0)
		return r;
	if (!x.options.detach)
		return run_attached(&x, ret_status, err);
	*ret_status = 0;
	return run_detached(&x, err);
}
