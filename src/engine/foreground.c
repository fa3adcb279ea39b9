/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A container in the foreground.
 *
 * Without a terminal and a log the container has the caller's own streams, and no byte passes
 * through here: what is left to do is to send on signals and to wait. Else streams.c moves bytes.
 * All signals that would end this process are blocked from before the container exists until it is
 * cleaned up, so that the terminal is put back on every way out that a program has.
 */

#include "engine/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/remove.h"
#include "engine/start.h"
#include "engine/streams.h"
#include "engine/terminal.h"

#define DRAIN_MS 1000

struct foreground {
	struct start *start;
	bool sig_proxy;
	int signals;
	sigset_t saved_mask;
	int outputs[2]; /* read ends of the container's stdout and stderr, where they are logged */
	struct streams streams;
	struct log_writer log;
	bool logging;
};

/* Faults of our own keep their default; stopping and going on is between the shell and masu. */
static void choose_signals(sigset_t *set)
{
	static const int left_alone[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT,
					 SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGURG};

	(void)sigfillset(set);
	for (size_t i = 0; i < ARRAY_SIZE(left_alone); i++)
		(void)sigdelset(set, left_alone[i]);
}

static int catch_signals(struct foreground *f, struct err *err)
{
	sigset_t set;

	choose_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, &f->saved_mask) < 0)
		return err_sys(err, errno, "block signals");
	f->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? err_sys(err, errno, "wait for signals") : 0;
}

/* One that is still pending belongs to a container that has gone. */
static void release_signals(struct foreground *f)
{
	struct signalfd_siginfo info;

	while (f->signals >= 0 && read(f->signals, &info, sizeof(info)) == sizeof(info))
		continue;
	fd_close(&f->signals);
	(void)sigprocmask(SIG_SETMASK, &f->saved_mask, NULL);
}

static void take_signals(struct foreground *f)
{
	struct container *c = &f->start->container;
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof(info)) == sizeof(info)) {
		int n = (int)info.ssi_signo;

		if (n == SIGCHLD || n == SIGPIPE)
			continue;
		if (n == SIGWINCH && c->console >= 0)
			terminal_copy_size(c->console);
		else if (f->sig_proxy)
			(void)proc_pidfd_kill(c->init_pidfd, n); /* it may just have ended */
		else if (n != SIGWINCH)
			(void)proc_pidfd_kill(c->init_pidfd, SIGKILL);
	}
}

static int open_log(struct foreground *f, struct err *err)
{
	const struct record *r = &f->start->m->record;
	int n;

	if (!r->log_driver || !streq(r->log_driver, "k8s-file"))
		return 0;
	n = log_writer_open(&f->log, f->start->m->home.fd, (uint64_t)r->log_max_size,
			    (unsigned int)r->log_max_files);
	if (n < 0)
		return err_sys(err, n, "open the container's log");
	f->logging = true;
	f->streams.log = &f->log;
	return 0;
}

/* The container's ends, which are closed here once it has them. */
static int give_streams(struct foreground *f, int theirs[2], struct err *err)
{
	int *stdio = f->start->plan.stdio;
	int fds[2];

	if (f->start->m->record.tty)
		return 0;
	stdio[0] = f->start->m->record.interactive ? STDIN_FILENO : -1;
	for (int i = 0; i < 2; i++) {
		stdio[1 + i] = STDOUT_FILENO + i;
		if (!f->logging)
			continue;
		if (pipe2(fds, O_CLOEXEC) < 0)
			return err_sys(err, errno, "make a pipe");
		f->outputs[i] = fds[0];
		theirs[i] = stdio[1 + i] = fds[1];
		streams_add(&f->streams, fds[0], STDOUT_FILENO + i, false,
			    i == 0 ? LOG_STDOUT : LOG_STDERR);
	}
	return 0;
}

static int connect_console(struct foreground *f, struct terminal *terminal, struct err *err)
{
	int console = f->start->container.console;

	if (console < 0)
		return 0;
	terminal_copy_size(console);
	streams_add(&f->streams, console, STDOUT_FILENO, false, LOG_STDOUT);
	if (!f->start->m->record.interactive)
		return 0;
	streams_add(&f->streams, STDIN_FILENO, console, true, -1);
	int r = terminal_raw(STDIN_FILENO, terminal);
	return r < 0 ? err_sys(err, r, "prepare the terminal") : 0;
}

static void wait_for_end(struct foreground *f)
{
	enum { SIGNALS, INIT, STREAMS };
	struct pollfd polls[STREAMS + 2 * STREAMS_MAX] = {
		[SIGNALS] = {f->signals, POLLIN, 0},
		[INIT] = {f->start->container.init_pidfd, POLLIN, 0},
	};

	for (;;) {
		streams_wanted(&f->streams, polls + STREAMS);
		if (poll(polls, STREAMS + 2 * f->streams.n, -1) < 0)
			continue; /* EINTR after a stop of masu itself */
		if (polls[SIGNALS].revents)
			take_signals(f);
		streams_move(&f->streams, polls + STREAMS);
		if (polls[INIT].revents)
			return;
	}
}

static void reap(struct foreground *f, struct ending *ret)
{
	struct container *c = &f->start->container;
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

/* The end on record, and what hung on the container's life put away. */
static void clean_up(struct foreground *f, const struct ending *ending)
{
	struct start *s = f->start;

	if (!s->m->record.auto_remove &&
	    ending_write(s->m->home.fd, ending, NULL) < 0) /* a full disk: beside the state */
		(void)ending_write(s->run_fd, ending, NULL);
	if (ending->oom_killed)
		engine_notice(s->e, "the container ran out of memory, and the kernel killed a "
				    "process of it");
	slirp_done(&s->container.slirp);
	fuse_overlay_done(&s->container.fuse);
	if (s->container.cgroup)
		(void)cgroup_remove(s->container.cgroup, NULL); /* the scope goes by itself */
	engine_settle(s->e, &s->m->home);
}

static int run(struct foreground *f, int *ret_status, struct err *err)
{
	_cleanup_terminal_ struct terminal terminal = TERMINAL_INIT;
	int theirs[2] = {-1, -1};
	struct ending ending;
	int r = give_streams(f, theirs, err);

	if (r == 0)
		r = start_run(f->start, err);
	fd_close(&theirs[0]);
	fd_close(&theirs[1]);
	if (r < 0)
		return r;
	r = connect_console(f, &terminal, err);
	if (r < 0)
		(void)proc_pidfd_kill(f->start->container.init_pidfd, SIGKILL);
	wait_for_end(f);
	streams_drain(&f->streams, DRAIN_MS);
	terminal_restore(&terminal);
	reap(f, &ending);
	if (f->logging)
		log_writer_close(&f->log, time_now());
	f->logging = false;
	clean_up(f, &ending);
	*ret_status = ending.exit_code;
	return r;
}

int engine_run_foreground(struct engine *e, struct made *m, bool sig_proxy, int *ret_status,
			  struct err *err)
{
	_cleanup_start_ struct start start = START_INIT;
	_cleanup_free_ struct foreground *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_sys(err, ENOMEM, "run the container");
	f->start = &start;
	f->sig_proxy = sig_proxy;
	f->signals = f->outputs[0] = f->outputs[1] = -1;
	r = start_prepare(e, m, &start, err);
	if (r < 0)
		return r;
	/* In its scope masu keeps the count of the kernel's kills readable to the end. */
	start.plan.launcher_in_cgroup = m->spec->resources.memory.limit > 0;
	r = catch_signals(f, err);
	if (r == 0)
		r = open_log(f, err);
	if (r == 0)
		r = run(f, ret_status, err);
	if (f->logging)
		log_writer_close(&f->log, time_now());
	release_signals(f);
	fd_close(&f->outputs[0]);
	fd_close(&f->outputs[1]);
	return r;
}
