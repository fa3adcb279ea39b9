/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masu-monitor stays with a detached container.
 *
 * Theory: the process that created the container (the launcher) turns into this program by execve,
 * so it is the parent of init and has all descriptors, but none of the engine's memory. It is one
 * loop over a handful of descriptors, on the stack and without allocation:
 *
 *	stdout, stderr or console   read, log, show to attached clients
 *	signals                     SIGCHLD: reap; SIGTERM: pass the container its stop signal
 *	timer			    health checks, the end of the container's time (timer.c)
 *	attach socket and clients   output to them, input from them (attach.c)
 *
 * The container waits only for the disk: output that cannot be logged is dropped and reported
 * (writer.h), as is output for attached clients that do not read. When init has ended, the pipes are
 * drained, then the end is recorded, then clients are told, then the exit command is executed: an
 * observer of one step finds the earlier steps done.
 *
 * It must not die before its container: SIGHUP and the like are ignored, and SIGTERM (systemd stops
 * the scope) does not end it. An init that is the child of the service manager (launcher/adoption.h) is watched
 * by its pidfd; it outlives its monitor, and the manager ends it. Otherwise, if the monitor is killed, the kernel kills init (a parent-death
 * signal that the launcher has set), and the missing exit file shows this.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/time.h"
#include "logs/writer.h"
#include "monitor/adopted.h"
#include "monitor/attach.h"
#include "monitor/descriptors.h"
#include "monitor/notify.h"
#include "monitor/options.h"
#include "monitor/protocol.h"
#include "monitor/record.h"
#include "monitor/timer.h"
#include "monitor/waiters.h"

#define STATUS_FAILED 125
#define CHUNK_SIZE    MONITOR_PAYLOAD_MAX

/* The polled descriptors, each at its index; -1 if it is not open. */
enum {
	POLL_SIGNALS,
	POLL_TIMER,
	POLL_INIT,
	POLL_START,
	POLL_NOTIFY,
	POLL_OUTPUT,
	POLL_INPUT = POLL_OUTPUT + LOG_STREAM_MAX,
	POLL_LISTENER,
	POLL_CLIENTS,
	POLL_MAX = POLL_CLIENTS + MONITOR_CLIENTS_MAX
};

struct monitor {
	struct monitor_options options;
	int signals;
	bool ended;
	int start; /* readable when init is told to execute the command, or -1: it was */
	bool never_started;
	bool unknown; /* its status is the service manager's alone */
	struct monitor_exit exit;
	struct log_writer log;
	struct timer timer;
	struct notify notify;
	char chunk[CHUNK_SIZE];
	struct attach attach; /* its buffer is last: the page stays untouched until it is needed */
};

/* Signals without a meaning here, whose default would end or stop the monitor. */
static const int ignored_signals[] = {SIGHUP,  SIGINT,	SIGQUIT, SIGPIPE, SIGALRM, SIGUSR1,
				      SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ};

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts); /* cannot fail for these two clocks */
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int complain(const char *option)
{
	char line[256];
	struct text t = text_into(line, sizeof(line));

	text_add(&t, "masu-monitor: wrong or missing option: ");
	text_add(&t, option);
	text_add(&t, "\n");
	(void)!write(STDERR_FILENO, t.start, t.length); /* no other place to report it */
	return STATUS_FAILED;
}

/* The lowest passed descriptor that is at least `from`, or -1. */
static int next_passed(const struct monitor_options *o, int from)
{
	int lowest = -1;

	for (size_t i = 0; i < o->n_passed; i++) {
		if (o->passed[i] >= from && (lowest < 0 || o->passed[i] < lowest))
			lowest = o->passed[i];
	}
	return lowest;
}

/* Closes all other descriptors, so that no process waits for a pipe that is held open here. */
static void close_unnamed(const struct monitor_options *o)
{
	unsigned int first = 3;
	int fd;

	while ((fd = next_passed(o, (int)first)) >= 0) {
		descriptors_close(first, (unsigned int)fd - 1);
		first = (unsigned int)fd + 1;
	}
	descriptors_close(first, ~0U);
}

/* The streams that were passed to the container are kept: a restart passes them on again. */
static void detach(bool passes)
{
	int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && !passes; fd++) {
		if (null < 0)
			(void)close(fd);
		else if (null != fd)
			(void)dup2(null, fd);
	}
	if (null >= 3)
		(void)close(null);
	int r = chdir("/");
	(void)r; /* a failure only keeps a directory in use */
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &set, NULL); /* cannot fail with these arguments */
	(void)signal(SIGCHLD, SIG_DFL);		    /* ignored, it would lose exit statuses */
	for (size_t i = 0; i < ARRAY_SIZE(ignored_signals); i++)
		(void)signal(ignored_signals[i], SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The monitor never blocks on the container, nor the container on the monitor. */
static void set_nonblocking(int fd)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); /* EBADF: read tells */
}

static void start(struct monitor *m)
{
	const struct monitor_options *o = &m->options;

	close_unnamed(o);
	detach(o->log->passes && o->console < 0);
	m->signals = open_signals();
	set_nonblocking(o->output[LOG_STDOUT]);
	set_nonblocking(o->output[LOG_STDERR]);
	set_nonblocking(o->input);
	/*
	 * While this end is open the pty does not hang up when the last process of the container
	 * closes it, as an init does that opens its console for each line.
	 */
	if (o->console >= 0)
		(void)ioctl(o->console, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	/* Neither failure ends the monitor: the log is tried again, and attach reports a missing socket. */
	(void)log_writer_open(&m->log, o->log, &o->log_settings);
	(void)attach_open(&m->attach, o->run_dir, o->input, o->console >= 0);
	m->start = o->init_channel;
	m->timer = TIMER_INIT;
	if (m->start < 0)
		(void)timer_start(&m->timer,
				  &o->timer); /* no memory: no checks, and no end by time */
	if (o->ready >= 0)
		(void)close(o->ready);
}

/* Reads a stream once. False when there was nothing to read. */
static bool take_output(struct monitor *m, enum log_stream stream)
{
	static const enum monitor_msg types[] = {MONITOR_MSG_STDOUT, MONITOR_MSG_STDERR};
	int *fd = &m->options.output[stream];
	ssize_t n = read(*fd, m->chunk, sizeof(m->chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) { /* end-of-file; EIO when a pty has hung up */
		if (*fd != m->options.console)
			(void)close(*fd);
		*fd = -1;
		return false;
	}
	log_writer_write(&m->log, stream, m->chunk, (size_t)n, now_ns(CLOCK_REALTIME));
	attach_send(&m->attach, types[stream], m->chunk, (size_t)n);
	return true;
}

static void reap(struct monitor *m)
{
	const struct monitor_options *o = &m->options;
	pid_t pid;
	int status;

	/* __WALL: also children that were cloned with another signal than SIGCHLD. */
	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		int64_t now = now_ns(CLOCK_REALTIME);

		if (pid == o->init) {
			m->ended = true;
			m->exit.status = status;
			m->exit.finished_ns = now;
		} else if (timer_take(&m->timer, pid, status)) {
			continue;
		} else if (!m->ended) {
			(void)record_helper(o->run_dir, pid, status, now); /* a full tmpfs */
		}
	}
	if (pid < 0 && errno == ECHILD && o->init_pidfd < 0 &&
	    !m->ended) { /* init was never a child: nothing to wait for */
		m->ended = true;
		m->exit.status = SIGKILL;
		m->exit.finished_ns = now_ns(CLOCK_REALTIME);
	}
}

/* A child of its own is not reaped yet, so the number is still its own. */
static void kill_init(const struct monitor *m, int signal)
{
	const struct monitor_options *o = &m->options;

	if (o->init_pidfd >= 0)
		adopted_kill(o->init_pidfd, signal);
	else
		(void)kill(o->init, signal);
}

/* The pidfd of an init that the service manager reaps is readable. */
static void take_end(struct monitor *m)
{
	const struct monitor_options *o = &m->options;

	m->ended = true;
	m->exit.finished_ns = now_ns(CLOCK_REALTIME);
	m->unknown = !adopted_status(o->init, o->init_pidfd, &m->exit.status);
	if (m->unknown)
		m->exit.status = SIGKILL;
}

static void take_signals(struct monitor *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM && !m->ended) {
			m->exit.terminated = true;
			/* One that waits for its start has no handlers. */
			kill_init(m, m->start >= 0 ? SIGKILL : m->options.stop_signal);
		}
		reap(m);
	}
}

/* A message: the command is being executed, and its time begins. The end of the channel alone: it will not be. */
static void take_start(struct monitor *m)
{
	char message;
	ssize_t n = recv(m->start, &message, sizeof(message), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	m->start = -1; /* not closed: that would be the end of the monitor to init */
	m->never_started = n <= 0;
	if (n > 0)
		(void)timer_start(&m->timer, &m->options.timer);
}

static void poll_once(struct monitor *m)
{
	struct pollfd fds[POLL_MAX];
	struct attach *a = &m->attach;

	fds[POLL_SIGNALS] = (struct pollfd){m->signals, POLLIN};
	fds[POLL_TIMER] = (struct pollfd){m->timer.fd, POLLIN};
	fds[POLL_INIT] = (struct pollfd){m->options.init_pidfd, POLLIN};
	fds[POLL_START] = (struct pollfd){m->start, POLLIN};
	fds[POLL_NOTIFY] = (struct pollfd){notify_fd(&m->notify), notify_events(&m->notify)};
	for (int s = 0; s < LOG_STREAM_MAX; s++)
		fds[POLL_OUTPUT + s] = (struct pollfd){m->options.output[s], POLLIN};
	fds[POLL_INPUT] = (struct pollfd){attach_input_waits(a) ? a->input : -1, POLLOUT};
	fds[POLL_LISTENER] = (struct pollfd){a->listener, POLLIN};
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++)
		fds[POLL_CLIENTS + i] = (struct pollfd){a->clients[i].fd, attach_events(a, i)};

	if (poll(fds, POLL_MAX, -1) < 0)
		return; /* EINTR after a stop; ENOMEM passes */
	/* Before the output: a client that starts an initialized container gets all of it. */
	if (fds[POLL_LISTENER].revents)
		attach_accept(a);
	for (int s = 0; s < LOG_STREAM_MAX; s++) {
		if (fds[POLL_OUTPUT + s].revents)
			(void)take_output(m, (enum log_stream)s);
	}
	if (fds[POLL_INPUT].revents)
		attach_flush_input(a);
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
		if (fds[POLL_CLIENTS + i].revents)
			attach_handle(a, i, fds[POLL_CLIENTS + i].revents);
	}
	if (fds[POLL_TIMER].revents && timer_expire(&m->timer))
		kill_init(m, SIGKILL);
	if (fds[POLL_NOTIFY].revents)
		notify_handle(&m->notify);
	if (fds[POLL_START].revents)
		take_start(m);
	if (fds[POLL_SIGNALS].revents)
		take_signals(m);
	if (fds[POLL_INIT].revents && !m->ended)
		take_end(m);
}

/*
 * Reads the output from before the container's end. All its processes have ended with init, so end of
 * file follows, unless a process outside its pid namespace holds the pipes as well. A console has no
 * end of file: its output can be read at once.
 */
static void drain(struct monitor *m)
{
	const int64_t deadline = now_ns(CLOCK_MONOTONIC) + MONITOR_DRAIN_MS * NS_PER_MS;
	int *out = m->options.output;

	while (out[LOG_STDOUT] >= 0 || out[LOG_STDERR] >= 0) {
		struct pollfd fds[] = {{out[LOG_STDOUT], POLLIN}, {out[LOG_STDERR], POLLIN}};
		int64_t left_ms = (deadline - now_ns(CLOCK_MONOTONIC)) / 1000000;

		if (left_ms <= 0)
			break;
		if (poll(fds, 2, m->options.console >= 0 ? 0 : (int)left_ms) == 0)
			break;
		for (int s = 0; s < LOG_STREAM_MAX; s++) {
			if (fds[s].revents)
				(void)take_output(m, (enum log_stream)s);
		}
	}
}

static void finish(struct monitor *m)
{
	const struct monitor_options *o = &m->options;

	log_writer_close(&m->log, now_ns(CLOCK_REALTIME));
	m->exit.log_bytes_lost = m->log.total;
	m->exit.oom_killed = o->cgroup >= 0 && record_oom_killed(o->cgroup);
	/* It fails if both disk and tmpfs are full; then 137 is reported. */
	if (!m->unknown && !m->never_started) {
		(void)record_exit(o->container_dir, o->run_dir, &m->exit);
		waiters_notify(o->container_dir, record_exit_code(m->exit.status));
	}
	attach_close(&m->attach, o->run_dir, record_exit_code(m->exit.status));
}

/* Executes the exit command with no descriptor but the lock. Returns the exit status if that fails. */
static int run_exit_command(const struct monitor_options *o)
{
	const unsigned int locked = (unsigned int)o->container_dir;

	descriptors_close(3, locked - 1);
	descriptors_close(locked + 1, ~0U);
	signals_reset();
	(void)execve(o->exit_command[0], o->exit_command, environ);
	return STATUS_FAILED;
}

int main(int argc, char **argv)
{
	struct monitor m;
	const char *wrong = monitor_options_parse(&m.options, argv);

	if (wrong)
		return complain(wrong);
	m.ended = false;
	m.unknown = m.never_started = false;
	m.exit = (struct monitor_exit){0};
	notify_open(&m.notify, m.options.notify, m.options.manager);
	start(&m);
	reap(&m); /* those that ended before SIGCHLD was blocked */
	while (!m.ended)
		poll_once(&m);
	notify_finish(&m.notify);
	if (m.start >= 0)
		take_start(&m);
	timer_stop(&m.timer); /* a late check must not record anything */
	drain(&m);
	finish(&m);
	return m.options.exit_command ? run_exit_command(&m.options) : 0;
}
