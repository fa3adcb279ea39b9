/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/supervise.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/signals.h"
#include "base/time.h"

#define QUIET_MS 1000

/* Faults of our own keep their default; stopping and going on is between the shell and masu. */
static void choose_signals(sigset_t *set)
{
	static const int left_alone[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT,
					 SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGURG};

	(void)sigfillset(set);
	for (size_t i = 0; i < ARRAY_SIZE(left_alone); i++)
		(void)sigdelset(set, left_alone[i]);
}

int supervisor_new(bool sig_proxy, struct supervisor **ret, struct masu_error *err)
{
	/* Not zeroed: the streams' buffers are pages that few containers touch. */
	_cleanup_free_ struct supervisor *s = malloc(sizeof(*s));
	sigset_t set;

	if (!s)
		return err_oom(err);
	s->sig_proxy = sig_proxy;
	s->told_to_end = false;
	s->init_pidfd = s->console = -1;
	s->n_watches = 0;
	s->terminal = TERMINAL_INIT;
	s->streams.n = 0;
	s->streams.log = NULL;
	s->streams.keys = NULL;
	s->streams.detached = false;
	choose_signals(&set);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return err_sys(err, errno, "wait for signals");
	if (sigprocmask(SIG_BLOCK, &set, &s->saved_mask) < 0) {
		int code = errno;

		fd_close(&s->signals);
		return err_sys(err, code, "block signals");
	}
	*ret = TAKE_PTR(s);
	return 0;
}

/* A signal that is still pending was for a container that has ended. */
void supervisor_free(struct supervisor *s)
{
	struct signalfd_siginfo info;

	if (!s)
		return;
	terminal_restore(&s->terminal);
	streams_done(&s->streams);
	while (read(s->signals, &info, sizeof(info)) == sizeof(info))
		continue;
	(void)close(s->signals);
	(void)sigprocmask(SIG_SETMASK, &s->saved_mask, NULL);
	free(s);
}

int supervisor_attach(struct supervisor *s, int init_pidfd, int console, bool interactive,
		      struct masu_error *err)
{
	s->init_pidfd = init_pidfd;
	s->console = console;
	if (console < 0)
		return 0;
	terminal_copy_size(console);
	streams_add(&s->streams, STREAM_SCREEN, console, STDOUT_FILENO, LOG_STDOUT);
	if (!interactive)
		return 0;
	streams_add(&s->streams, STREAM_KEYS, STDIN_FILENO, console, -1);
	int r = terminal_raw(STDIN_FILENO, &s->terminal);
	return r < 0 ? err_sys(err, r, "prepare the terminal") : 0;
}

/* Of masu's own children, writes and file size limit. */
static bool is_own(int signal)
{
	return signal == SIGCHLD || signal == SIGPIPE || signal == SIGXFSZ;
}

int supervisor_next_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	/* Blocked, a signal comes also when the caller has it ignored. */
	while (read(s->signals, &info, sizeof(info)) == sizeof(info))
		if (!is_own((int)info.ssi_signo) && !signal_is_ignored((int)info.ssi_signo))
			return (int)info.ssi_signo;
	return 0;
}

bool supervisor_is_ending(int signal)
{
	return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
}

static void take_signals(struct supervisor *s)
{
	int n;

	while ((n = supervisor_next_signal(s)) > 0) {
		if (n == SIGWINCH && s->console >= 0)
			terminal_copy_size(s->console);
		else if (s->sig_proxy)
			(void)pidfd_kill(s->init_pidfd, n); /* it may just have ended */
		else if (n != SIGWINCH)
			(void)pidfd_kill(s->init_pidfd, SIGKILL);
		s->told_to_end |= supervisor_is_ending(n);
	}
}

/*
 * Reads the output that the container left. Its processes have gone, so that is soon read; but through a
 * terminal it may take a moment, and where something lives on there, its words have no end. A user who
 * reads slowly gets all of it; but one who doesn't read at all must be able to end masu.
 */
static void drain(struct supervisor *s)
{
	struct pollfd polls[1 + 2 * STREAMS_MAX] = {{s->signals, POLLIN, 0}};
	int64_t left = QUIET_MS; /* to wait for more to read */

	streams_finish(&s->streams);
	while (left > 0 && streams_left(&s->streams)) {
		bool full = streams_wanted(&s->streams, polls + 1);
		int timeout = !full ? (int)left : s->told_to_end ? QUIET_MS : -1;
		int64_t since = time_monotonic_ms();
		int n = poll(polls, 1 + 2 * s->streams.n, timeout);

		if (!full)
			left -= time_monotonic_ms() - since;
		if (n == 0)
			break;
		if (n < 0) /* EINTR after a stop of masu itself */
			continue;
		if (polls[0].revents)
			take_signals(s);
		streams_move(&s->streams, polls + 1);
	}
}

void supervisor_watch(struct supervisor *s, const struct supervisor_watch *watch)
{
	s->watches[s->n_watches++] = *watch;
}

static struct pollfd watched(const struct supervisor *s, size_t i)
{
	if (i >= s->n_watches)
		return (struct pollfd){.fd = -1};
	return (struct pollfd){s->watches[i].fd, s->watches[i].events, 0};
}

void supervisor_wait(struct supervisor *s)
{
	enum { SIGNALS, INIT, WATCHED, STREAMS = WATCHED + SUPERVISOR_WATCHES };
	struct pollfd polls[STREAMS + 2 * STREAMS_MAX] = {
		[SIGNALS] = {s->signals, POLLIN, 0},
		[INIT] = {s->init_pidfd, POLLIN, 0},
	};

	do {
		for (size_t i = 0; i < SUPERVISOR_WATCHES; i++)
			polls[WATCHED + i] = watched(s, i);
		streams_wanted(&s->streams, polls + STREAMS);
		if (poll(polls, STREAMS + 2 * s->streams.n, -1) < 0) {
			polls[INIT].revents = 0; /* EINTR after a stop of masu itself */
			continue;
		}
		if (polls[SIGNALS].revents)
			take_signals(s);
		for (size_t i = 0; i < s->n_watches; i++) {
			/* SIGCHLD is among the signals. */
			if (polls[WATCHED + i].revents ||
			    (s->watches[i].children && polls[SIGNALS].revents))
				s->watches[i].handle(&s->watches[i]);
		}
		streams_move(&s->streams, polls + STREAMS);
	} while (!polls[INIT].revents && !streams_detached(&s->streams));
	if (polls[INIT].revents)
		drain(s);
	terminal_restore(&s->terminal);
}
