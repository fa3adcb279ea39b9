/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One health check of a container: its command, the result, and the action that may follow.
 *
 * Nothing is locked while the command runs. The result and the event of a changed health are recorded under the health's
 * lock, unless the container has exited, was restarted or paused meanwhile: two checks at once, by hand and by the
 * supervisor, both count. The exec has no event.
 *
 * A container that the user has told to end is not checked for the time of its stop timeout, and no action follows: it
 * would cut the stop short.
 */

#include "launcher/check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/termination.h"
#include "base/time.h"
#include "engine/container/event.h"
#include "engine/container/health.h"
#include "engine/container/restart.h"
#include "engine/control/remove.h"
#include "launcher/adoption.h"
#include "launcher/secrets.h"
#include "runtime/exec.h"
#include "runtime/process-tree.h"

#define SHELL  "/bin/sh"
#define KILLED (128 + SIGKILL)

/* The kernel kills the check before init when a container ends. How long init may take after that. */
#define END_TIMEOUT_MS 5000

/* How long a killed check may take to end. A frozen process ends only when it is thawed. */
#define KILL_TIMEOUT_MS 1000

struct check {
	masu_container *c;
	pid_t init; /* of the run of the container that it belongs to */
	uint64_t init_start_time;
	struct instance instance;
	struct exec exec;
	struct exec_process process;
	int output; /* the read end of a pipe */
	size_t length;
	char text[HEALTH_OUTPUT_MAX + 1];
	struct health_result result; /* until it is recorded */
	int exit_code;
	enum masu_health health; /* after it */
};

static void check_done(struct check *k)
{
	health_result_done(&k->result);
	exec_process_done(&k->process);
	exec_done(&k->exec);
	instance_done(&k->instance);
	fd_close(&k->output);
}
#define _cleanup_check_ _cleanup_(check_done)

static int64_t age_ns(const masu_container *c)
{
	return MAX(time_now() - c->state.started_ns, 0);
}

/* The command of a test, which the caller frees; or NULL. */
static char **check_command(const struct record_health *config)
{
	char **args = NULL;

	if (!streq(config->test[0], "CMD-SHELL"))
		return strv_copy(config->test + 1);
	if (strv_push(&args, SHELL) == 0 && strv_push(&args, "-c") == 0 &&
	    strv_push(&args, config->test[1]) == 0)
		return args;
	strv_free(args);
	return NULL;
}

/* Takes output. Bytes beyond the limit are dropped, and NUL bytes replaced. False at its end. */
static bool take_output(struct check *k)
{
	char bytes[HEALTH_OUTPUT_MAX];
	ssize_t n = read(k->output, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	for (ssize_t i = 0; i < n && k->length < HEALTH_OUTPUT_MAX; i++)
		k->text[k->length++] = bytes[i] ? bytes[i] : '?';
	return n > 0;
}

static int start_command(struct check *k, struct masu_error *err)
{
	_cleanup_strv_ char **command = check_command(&k->c->record.health);
	_cleanup_close_ int theirs = -1;
	int fds[2];

	if (!command)
		return err_oom(err);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	k->output = fds[0];
	theirs = fds[1];
	int r = fd_set_nonblock(k->output, true);
	if (r < 0)
		return err_sys(err, r, "prepare a pipe");
	const struct exec_options options = {.args = command, .stdio = {-1, theirs, theirs}};
	r = exec_prepare(&k->instance, &options, &k->exec, err);
	if (r == 0)
		r = secrets_add_env_again(k->c, NULL, &k->exec.spec->process->env, err);
	return r < 0 ? r : exec_start(&k->exec, &k->process, err);
}

/* Takes a pending SIGTERM of a timer. One of the user's stays pending. */
static bool take_expiry(void)
{
	siginfo_t info = {0};
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	if (sigtimedwait(&set, &info, &(struct timespec){0}) != SIGTERM)
		return false;
	if (info.si_code == SI_TIMER)
		return true;
	(void)raise(SIGTERM);
	return false;
}

/*
 * The same within the timeout of the check: -ETIMEDOUT without an error. The container can hold the processes that enter
 * it, by SIGSTOP, so the timer ends the start as a user would: by SIGTERM, which stays pending meanwhile.
 */
static int start_in_time(struct check *k, struct masu_error *err)
{
	const int64_t timeout_ns = MAX(k->c->record.health.timeout_ns, NS_PER_MS);
	const struct itimerspec time = {
		.it_value = {.tv_sec = timeout_ns / NS_PER_S, .tv_nsec = timeout_ns % NS_PER_S}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
	sigset_t saved;
	timer_t timer;
	int r = 0;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return err_sys(err, errno, "create the timer of the health check");
	termination_hold(&saved);
	if (timer_settime(timer, 0, &time, NULL) < 0)
		r = err_sys(err, errno, "start the timer of the health check");
	if (r == 0)
		r = start_command(k, err);
	bool expired = take_expiry();
	(void)timer_delete(timer); /* Linux 6.13 and later take back its signal */
	(void)take_expiry();
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	if (r >= 0 || !expired || err->kind != ERR_SIGNAL)
		return r;
	err_done(err);
	return -ETIMEDOUT;
}

/* 0 when the process has exited, -ETIMEDOUT. A descendant may hold the pipe for longer. */
static int follow(struct check *k)
{
	const int64_t end = time_monotonic_ms() + k->c->record.health.timeout_ns / NS_PER_MS;
	bool polls = pidfd_polls(k->process.pidfd);
	int64_t left;

	while ((left = end - time_monotonic_ms()) > 0) {
		struct pollfd fds[] = {{k->process.pidfd, POLLIN, 0}, {k->output, POLLIN, 0}};

		if (!polls) { /* before Linux 5.3 */
			fds[0].fd = -1;
			left = MIN(left, 50);
		}
		(void)poll(fds, ARRAY_SIZE(fds), (int)MIN(left, INT32_MAX));
		if (fds[1].revents && !take_output(k))
			fd_close(&k->output);
		if (pidfd_wait(k->process.pidfd, 0))
			return 0;
	}
	return -ETIMEDOUT;
}

static void set_timed_out(struct check *k)
{
	const int64_t ms = k->c->record.health.timeout_ns / NS_PER_MS;

	k->exit_code = HEALTH_TIMED_OUT;
	k->result.output = str_printf("the health check has exceeded its timeout of %lld.%03lld s",
				      (long long)(ms / 1000), (long long)(ms % 1000));
}

static void finish(struct check *k, bool timed_out)
{
	if (!timed_out) {
		k->exit_code = proc_wait(k->process.pid);
		if (k->exit_code == KILLED)
			(void)pidfd_wait(k->instance.pidfd, END_TIMEOUT_MS);
		for (size_t before = HEALTH_OUTPUT_MAX + 1;
		     k->output >= 0 && before != k->length;) {
			before = k->length;
			(void)take_output(k);
		}
		k->result.output = strndup(k->text, k->length);
		return;
	}
	/* This process ends soon, and process 1 reaps the rest. */
	(void)process_tree_kill(&k->instance, k->process.pid);
	if (pidfd_wait(k->process.pidfd, KILL_TIMEOUT_MS))
		(void)proc_wait(k->process.pid);
	set_timed_out(k);
}

/* A command that does not exist, or cannot be executed, is a check that has failed. */
static int run_command(struct check *k, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;

	k->result.started_ns = time_now();
	int r = start_in_time(k, &own);
	if (r == 0) {
		finish(k, follow(k) < 0);
	} else if (r == -ETIMEDOUT) {
		set_timed_out(k);
	} else if (own.kind == ERR_NO_COMMAND || own.kind == ERR_NOT_EXECUTABLE) {
		k->exit_code = err_exit_status(&own);
		k->result.output = strdup(own.message);
	} else {
		return err_move(err, &own);
	}
	k->result.finished_ns = time_now();
	k->result.exit_code = k->exit_code;
	return k->result.output ? 0 : err_oom(err);
}

static int not_running(const masu_container *c, struct masu_error *err)
{
	return err_set(err, ERR_CONFLICT, ESRCH, "cannot check container \"%s\": %s",
		       c->record.name,
		       c->state.status == MASU_STATUS_PAUSED ? "paused" : "not running");
}

static bool is_same_run(const struct check *k)
{
	const struct container_state *now = &k->c->state.run;

	return k->c->state.status == MASU_STATUS_RUNNING && now->pid == k->init &&
	       now->start_time == k->init_start_time;
}

/* 1 if the container has just become healthy or unhealthy, else 0. */
static int record_locked(struct check *k, struct masu_error *err)
{
	masu_container *c = k->c;
	_cleanup_health_ struct health h = {0};
	int r = container_look(c, err);

	if (r < 0)
		return r;
	if (!is_same_run(k))
		return not_running(c, err);
	r = health_read(c->home.fd, &h, NULL);
	if (r < 0) /* damaged */
		h = (struct health){.status = MASU_HEALTH_STARTING};
	const enum masu_health before = h.status;
	health_count(&c->record.health, age_ns(c), k->exit_code == 0, &h);
	health_add(&h, &k->result);
	r = health_write(c->home.fd, &h, err);
	if (r < 0)
		return r;
	k->health = h.status;
	if (h.status == before)
		return 0;
	event_container(c, &(struct masu_event){.action = "health_status",
						.health = masu_health_name(h.status)});
	return 1;
}

static int record_result(struct check *k, struct masu_error *err)
{
	masu_container *c = k->c;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	_cleanup_close_ int lock = health_lock(c->home.fd);
	r = lock < 0 ? err_sys(err, lock, "record the health of container \"%s\"", c->record.name)
		     : record_locked(k, err);
	container_close(c);
	return r;
}

/*
 * Ends the container as the action says. With a restart, its clean-up starts it again: the health of the run is on
 * record, and the user has not stopped it.
 */
static int act(const struct check *k, struct masu_error *err)
{
	masu_container *c = k->c;
	enum masu_health_action action = health_action(&c->record);

	if (k->health != MASU_HEALTH_UNHEALTHY || action == MASU_HEALTH_ACTION_NONE)
		return 0;
	int r = container_open(c, err);
	if (r < 0)
		return r;
	bool stopped = restart_is_stopped(c->home.fd);
	if (!stopped && action == MASU_HEALTH_ACTION_STOP)
		(void)restart_end(c->home.fd, -1);
	container_close(c);
	return stopped ? 0 : container_end(c, action == MASU_HEALTH_ACTION_KILL ? -1 : 0, 0, err);
}

/* Checks a container that was just looked at. */
static int check(struct check *k, struct masu_error *err)
{
	masu_container *c = k->c;
	int r = container_instance(c, &k->instance, err);

	if (r < 0)
		return r;
	if (c->state.status != MASU_STATUS_RUNNING)
		return not_running(c, err);
	k->init = c->state.run.pid;
	k->init_start_time = c->state.run.start_time;
	r = run_command(k, err);
	if (r < 0)
		return r;
	r = record_result(k, err);
	return r > 0 ? act(k, err) : r;
}

static struct check new_check(masu_container *c)
{
	return (struct check){
		.c = c, .instance = INSTANCE_INIT, .process = EXEC_PROCESS_INIT, .output = -1};
}

int masu_container_health_check(masu_container *c, int *ret_exit_code, masu_error *err)
{
	_cleanup_check_ struct check k = new_check(c);

	if (!health_is_checked(&c->record)) {
		(void)err_set(err, ERR_INVALID, EINVAL, "container \"%s\" has no health check",
			      c->record.name);
		return err_hint(err, "create it with --health-cmd");
	}
	int r = check(&k, err);
	if (r < 0)
		return r;
	*ret_exit_code = k.exit_code;
	return 0;
}

int check_for_supervisor(masu_container *c, struct masu_error *err)
{
	_cleanup_check_ struct check k = new_check(c);
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_record(c, &c->record, err);
	if (r == 0)
		r = container_look(c, err);
	bool stopping = r == 0 && restart_is_stopping(c->home.fd, &c->record);
	container_close(c);
	if (r < 0 || !health_is_checked(&c->record))
		return r;
	k.health = c->health;
	if (c->state.status == MASU_STATUS_RUNNING && !stopping)
		r = check(&k, err);
	/* Also if it was healthy before: a check by hand may have found that, which cannot tell the manager. */
	if (r == 0 && k.health == MASU_HEALTH_HEALTHY)
		adoption_tell_healthy(&c->record);
	if (r < 0)
		return r;
	return health_is_early(&c->record.health, k.health, age_ns(c)) ? TIMER_CHECK_SOON : 0;
}

static int to_ms(int64_t ns)
{
	return (int)MIN(MAX(ns / NS_PER_MS, 1), INT32_MAX);
}

struct timer_plan check_plan(const masu_container *c, const char *program)
{
	const struct record *record = &c->record;
	struct timer_plan plan = {.timeout_s = (int)record->run_timeout};

	if (!health_is_checked(record) || record->health.interval_ns < 0)
		return plan;
	plan.program = program;
	plan.id = c->home.id;
	plan.interval_ms = to_ms(record->health.interval_ns);
	plan.soon_ms = to_ms(record->health.start_interval_ns);
	plan.begins_soon = health_is_early(&record->health, MASU_HEALTH_STARTING, 0);
	return plan;
}

bool check_demands_start(const masu_container *c, const struct record *record)
{
	return health_action(record) == MASU_HEALTH_ACTION_RESTART &&
	       health_status(c->home.fd, record) == MASU_HEALTH_UNHEALTHY;
}
