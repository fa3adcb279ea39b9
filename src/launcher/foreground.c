/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/start.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/container-log.h"
#include "engine/container/event.h"
#include "engine/container/health.h"
#include "engine/container/on-demand.h"
#include "engine/container/restart.h"
#include "engine/control/remove.h"
#include "engine/options.h"
#include "launcher/adoption.h"
#include "launcher/check.h"
#include "launcher/stdio.h"
#include "monitor/notify.h"
#include "monitor/waiters.h"
#include "net/network.h"
#include "runtime/readiness.h"
#include "runtime/supervise.h"

struct foreground {
	struct start *start;
	const struct masu_run_options *options;
	struct supervisor *supervisor;
	struct stdio stdio;
	struct container_log log;
	struct log_writer writer;
	struct timer timer;
	char *program; /* that the timer executes */
	enum sdnotify mode;
	int manager; /* connected to the service manager; -1: has nothing to tell */
	struct notify notify;
};

/* Without --log-driver nothing is kept: the caller sees the output. */
static int open_log(struct foreground *f, struct masu_error *err)
{
	const masu_container *c = f->start->c;

	if (!c->record.log_driver || c->record.log_detached)
		return 0;
	int r = container_log_prepare(&c->record, &c->home, &f->log, err);
	if (r < 0 || !f->log.driver->open)
		return r;
	r = log_writer_open(&f->writer, f->log.driver, &f->log.settings);
	if (r < 0)
		return err_sys(err, r, "open the container's log");
	f->supervisor->streams.log = &f->writer;
	return 0;
}

static void close_log(struct foreground *f)
{
	log_writer_close(&f->writer, time_now());
	f->writer = (struct log_writer){0};
	container_log_done(&f->log);
}

static int give_streams(struct foreground *f, struct masu_error *err)
{
	const struct record *record = &f->start->c->record;
	const bool wanted[] = {record->interactive, !f->options->no_stdout, !f->options->no_stderr};

	if (record->tty)
		return 0;
	if (container_log_passes(record, false))
		return stdio_pass(f->start->creation.plan.stdio, wanted, err);
	int r = stdio_connect(&f->stdio, &f->supervisor->streams, wanted, err);
	memcpy(f->start->creation.plan.stdio, f->stdio.given, sizeof(f->stdio.given));
	return r;
}

static void reap(struct foreground *f, struct ending *ret)
{
	struct container *c = &f->start->creation.container;
	uint64_t kills;
	int status = 0;

	while (waitpid(c->init, &status, __WALL) < 0 && errno == EINTR)
		continue;
	*ret = (struct ending){.finished_ns = time_now()};
	if (WIFSIGNALED(status))
		ret->signal = WTERMSIG(status);
	ret->exit_code = ret->signal ? 128 + ret->signal : WEXITSTATUS(status);
	ret->oom_killed = c->cgroup && cgroup_oom_kills(c->cgroup, &kills) == 0 && kills > 0;
}

/*
 * Must the network's helper be gone before the exit status is reported? The caller may use its ports, and the
 * scope's name, for the next container. Otherwise nobody can tell, and process 1 reaps it.
 */
static bool awaits_network(const struct start *s)
{
	const struct cgroup *cg = s->creation.container.cgroup;

	return s->ports.n > 0 || (cg && cg->path && !(cg->flags & CGROUP_OWN));
}

/* Records the exit, and ends and removes the resources of the container. */
static void clean_up(struct foreground *f, const struct ending *ending)
{
	struct start *s = f->start;
	struct net_link *network = &s->creation.container.network;
	const struct cgroup *cg = s->creation.container.cgroup;

	net_helper_kill(&network->helper);
	if (!s->c->record.auto_remove &&
	    ending_write(s->c->home.fd, ending, NULL) < 0) /* a full disk: beside the state */
		(void)ending_write(s->run_fd, ending, NULL);
	waiters_notify(s->c->home.fd, ending->exit_code);
	if (ending->oom_killed)
		engine_notice(s->e, "the container ran out of memory, and the kernel killed a "
				    "process of it");
	fuse_overlay_stop(&s->creation.container.fuse);
	/* Systemd removes a scope itself, and engine_settle() a group by mkdir, once: its name is free then. */
	if (cg && !(cg->flags & CGROUP_OWN))
		(void)cgroup_remove(cg, NULL);
	if (awaits_network(s))
		network_stop(network);
	engine_settle(s->c, ending);
}

/*
 * The manager listens to the main process of a unit, which is masu in the foreground. So masu speaks for the container and
 * for its checks, and its children have no $NOTIFY_SOCKET.
 */
static int connect_manager(struct foreground *f, struct masu_error *err)
{
	if (f->mode == SDNOTIFY_IGNORE)
		return 0;
	f->manager = readiness_connect();
	if (f->manager < 0)
		return err_sys(err, f->manager, "connect to NOTIFY_SOCKET '%s'",
			       getenv("NOTIFY_SOCKET"));
	(void)unsetenv("NOTIFY_SOCKET"); /* cannot fail with this name */
	return 0;
}

static void tell_ready(struct foreground *f)
{
	static const char ready[] = "READY=1";

	(void)send(f->manager, ready, sizeof(ready) - 1, MSG_NOSIGNAL);
	fd_close(&f->manager);
}

static void pass_messages(struct supervisor_watch *w)
{
	struct foreground *f = w->arg;

	notify_handle(&f->notify);
	w->fd = notify_fd(&f->notify);
	w->events = notify_events(&f->notify);
}

static void watch_messages(struct foreground *f)
{
	notify_open(&f->notify, f->start->notify, f->manager);
	supervisor_watch(f->supervisor,
			 &(struct supervisor_watch){.fd = notify_fd(&f->notify),
						    .events = notify_events(&f->notify),
						    .handle = pass_messages,
						    .arg = f});
}

static bool is_healthy(const struct foreground *f)
{
	const masu_container *c = f->start->c;

	return health_status(c->home.fd, &c->record) == MASU_HEALTH_HEALTHY;
}

/* Health checks, and the end of the container's time. */
static void watch_timer(struct supervisor_watch *w)
{
	struct foreground *f = w->arg;

	timer_reap(&f->timer);
	if (f->mode == SDNOTIFY_HEALTHY && f->manager >= 0 && is_healthy(f))
		tell_ready(f);
	if (timer_expire(&f->timer))
		(void)pidfd_kill(f->start->creation.container.init_pidfd, SIGKILL);
}

static int start_timer(struct foreground *f, struct masu_error *err)
{
	const masu_container *c = f->start->c;

	if (health_is_checked(&c->record) && !(f->program = start_program()))
		return err_oom(err);
	const struct timer_plan plan = check_plan(c, f->program);
	int r = timer_start(&f->timer, &plan);
	if (r < 0)
		return err_sys(err, r, "start the timer of the container");
	if (f->timer.fd < 0)
		return 0;
	supervisor_watch(f->supervisor, &(struct supervisor_watch){.fd = f->timer.fd,
								   .events = POLLIN,
								   .children = true,
								   .handle = watch_timer,
								   .arg = f});
	return 0;
}

static int run(struct foreground *f, int *ret_status, struct masu_error *err)
{
	struct container *c = &f->start->creation.container;
	struct ending ending;
	int r = connect_manager(f, err);

	if (r == 0)
		r = open_log(f, err);
	if (r == 0)
		r = give_streams(f, err);
	if (r == 0)
		r = start_run(f->start, err);
	stdio_done(&f->stdio);
	if (r < 0)
		return r;
	if (f->mode == SDNOTIFY_CONMON)
		tell_ready(f);
	if (f->mode == SDNOTIFY_CONTAINER)
		watch_messages(f);
	event_container(f->start->c, &(struct masu_event){.action = "attach"});
	r = supervisor_attach(f->supervisor, c->init_pidfd, c->console,
			      f->start->c->record.interactive, err);
	if (r == 0)
		r = start_timer(f, err);
	if (r < 0)
		(void)pidfd_kill(c->init_pidfd, SIGKILL);
	supervisor_wait(f->supervisor);
	if (f->mode == SDNOTIFY_CONTAINER)
		notify_finish(&f->notify);
	timer_stop(&f->timer); /* a late check must not record anything */
	reap(f, &ending);
	stdio_report(f->start->e, &f->supervisor->streams);
	close_log(f);
	clean_up(f, &ending);
	*ret_status = ending.exit_code;
	return r;
}

static int run_foreground(masu_container *c, const struct masu_run_options *o, int *ret_status,
			  struct masu_error *err)
{
	_cleanup_start_ struct start start = START_INIT;
	_cleanup_supervisor_ struct supervisor *supervisor = NULL;
	struct foreground f = {.start = &start,
			       .options = o,
			       .stdio = STDIO_INIT,
			       .timer = TIMER_INIT,
			       .mode = adoption_mode(&c->record),
			       .manager = -1};
	int r;

	c->record.interactive |= o->interactive;
	r = start_prepare(c, &start, err);
	if (r < 0)
		return r;
	/* In its scope masu keeps the count of the kernel's kills readable to the end. */
	start.creation.plan.n_preserve_fds += o->preserve_fds;
	start.creation.plan.launcher_in_cgroup = c->spec->resources.memory.limit > 0;
	r = supervisor_new(!o->keep_signals, &supervisor, err);
	if (r == 0) {
		f.supervisor = supervisor;
		r = run(&f, ret_status, err);
	}
	close_log(&f);
	stdio_done(&f.stdio);
	fd_close(&f.manager);
	free(f.program);
	return r;
}

static int check_options(const masu_container *c, const struct masu_run_options *o,
			 struct masu_error *err)
{
	if (o->stdio)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "masu runs containers on its own streams");
	if (o->preserve_fds < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid number of descriptors: %d",
			       o->preserve_fds);
	if (c->record.tty && (o->no_stdout || o->no_stderr))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the output of a terminal is one stream: it cannot be left out");
	return 0;
}

static int refuse_on_demand(const masu_container *c, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "cannot run container \"%s\" in the foreground: its ports are on demand",
		      c->record.name);
	return err_hint(err, "start it in the background: masu run -d, or masu start without -a");
}

/* The caller waits for the exit status of one run. */
static int refuse_policy(const masu_container *c, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "cannot run container \"%s\" in the foreground: it has a restart policy%s",
		      c->record.name,
		      restart_policy(&c->record) == MASU_RESTART_NO ? " of its health check" : "");
	return err_hint(err, "start it in the background: masu run -d, or masu start without -a");
}

/* It has a supervisor and streams already: this process attaches to them. */
static int run_initialized(masu_container *c, const struct masu_run_options *o, int *ret_status,
			   struct masu_error *err)
{
	const struct masu_attach_options options = {.size = sizeof(options),
						    .no_stdin = !o->interactive,
						    .keep_signals = o->keep_signals};

	if (o->preserve_fds || o->no_stdout || o->no_stderr)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container \"%s\" is initialized: its streams are fixed",
			       c->record.name);
	return initialized_run(c, &options, ret_status, err);
}

int masu_container_run(masu_container *c, const struct masu_run_options *options, int *ret_status,
		       masu_error *err)
{
	struct masu_run_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	r = check_options(c, &o, err);
	if (r < 0)
		return r;
	if (restart_is_possible(&c->record))
		return refuse_policy(c, err);
	if (on_demand_seconds(&c->record))
		return refuse_on_demand(c, err);
	r = start_required(c, err);
	if (r < 0)
		return r;
	if (c->state.status == MASU_STATUS_INITIALIZED)
		return run_initialized(c, &o, ret_status, err);
	r = container_take_up(c, err);
	if (r < 0)
		return r;
	restart_begin(c->home.fd, &c->record);
	r = run_foreground(c, &o, ret_status, err);
	container_close(c);
	return r;
}
