/* SPDX-License-Identifier: Apache-2.0 */

/* The box's side of `masu box host-exec` (host-message.h). */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/strv.h"
#include "engine/container/session.h"
#include "engine/engine.h"
#include "engine/options.h"
#include "launcher/host-message.h"
#include "runtime/streams.h"
#include "runtime/terminal.h"

/* In the background of a terminal: nothing tells that the shell's fg has ended that. */
#define LOOK_MS 200

struct client {
	struct masu_host_exec_options options;
	int channel, signals;
	sigset_t saved_mask;
	int tty;       /* the stream that is a terminal, or -1 */
	bool has_keys; /* this process is in the foreground of the terminal */
	int master;    /* of the host's terminal, or -1 */
	struct terminal terminal;
	struct streams *streams;
	int32_t status;
	bool ended;
};

static void client_done(struct client *c)
{
	terminal_restore(&c->terminal);
	if (c->streams)
		streams_done(c->streams);
	free(c->streams);
	fd_close(&c->master);
	fd_close(&c->channel);
	if (c->signals >= 0)
		(void)sigprocmask(SIG_SETMASK, &c->saved_mask, NULL);
	fd_close(&c->signals);
}
#define _cleanup_client_ _cleanup_(client_done)

static int connect_host(struct client *c, struct masu_error *err)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	_cleanup_free_ char *path = dir && *dir == '/' ? path_join(dir, HOST_SOCKET) : NULL;

	if (!dir || *dir != '/') {
		(void)err_set(err, ERR_UNAVAILABLE, ENOTCONN,
			      "cannot reach the host: XDG_RUNTIME_DIR is not set");
		return err_hint(err,
				"it is in the environment of 'masu box enter', but not below sudo");
	}
	if (!path)
		return err_oom(err);
	c->channel = channel_connect(path);
	if (c->channel >= 0)
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE, -c->channel, "cannot reach the host at '%s': %s", path,
		      strerror(-c->channel));
	return err_hint(err, "on the host: systemctl --user start " HOST_SOCKET);
}

/* Requests */

static int put(struct client *c, uint32_t type, const void *bytes, size_t size, int fd)
{
	return channel_send(c->channel, type, bytes, size, fd);
}

static int send_text(struct client *c, uint32_t type, const char *text)
{
	return put(c, type, text, strlen(text), -1);
}

static int send_streams(struct client *c)
{
	int r = 0;

	for (int fd = STDIN_FILENO; r == 0 && fd <= STDERR_FILENO; fd++) {
		bool tty = isatty(fd);

		c->tty = c->tty < 0 && tty ? fd : c->tty;
		r = put(c, HOST_STREAM, NULL, 0, tty ? -1 : fd);
	}
	if (r < 0 || c->tty < 0)
		return r;
	struct winsize window = terminal_size();
	return put(c, HOST_TERMINAL, &window, sizeof(window), -1);
}

static int send_env(struct client *c)
{
	_cleanup_strv_ char **env = session_variables();
	int r = env ? 0 : -ENOMEM;

	STRV_FOREACH(variable, env)
		r = r < 0 ? r : send_text(c, HOST_VARIABLE, *variable);
	STRV_FOREACH(variable, c->options.env)
		r = r < 0 ? r : send_text(c, HOST_VARIABLE, *variable);
	return r;
}

static int send_request(struct client *c)
{
	_cleanup_free_ char *cwd = c->options.workdir ? strdup(c->options.workdir)
						      : getcwd(NULL, 0);
	int r = send_streams(c);

	if (r == 0)
		r = send_env(c);
	STRV_FOREACH(word, c->options.command)
		r = r < 0 ? r : send_text(c, HOST_ARGUMENT, *word);
	if (r == 0 && cwd && *cwd == '/')
		r = send_text(c, HOST_DIRECTORY, cwd);
	return r == 0 ? put(c, HOST_EXECUTE, NULL, 0, -1) : r;
}

/* The host explains why it has closed the connection, unless it was killed. */
static int explain_send(struct client *c, int code, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	if (code == -EMSGSIZE)
		return err_set(err, ERR_INVALID, E2BIG, "a word of the command is too long");
	if ((code == -EPIPE || code == -ECONNRESET) && channel_receive(c->channel, &m) == 0 &&
	    m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	return err_sys(err, code, "send the command to the host");
}

/* Signals and the terminal */

static int hold_signals(struct client *c, struct masu_error *err)
{
	static const int passed[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				     SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		(void)sigaddset(&set, passed[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &c->saved_mask);
	c->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return c->signals < 0 ? err_sys(err, errno, "wait for signals") : 0;
}

/* A process in the background would be stopped by the kernel when it changes or reads the terminal. */
static void take_terminal(struct client *c)
{
	struct terminal now;

	if (c->master < 0)
		return;
	pid_t foreground = tcgetpgrp(c->tty);
	c->has_keys = foreground == getpgrp() || (foreground < 0 && errno == ENOTTY);
	/* After a stop by another process the terminal has the settings of the shell. The first ones are restored at the end. */
	if (c->has_keys && terminal_raw(c->tty, &now) == 0 && c->terminal.fd < 0)
		c->terminal = now;
	terminal_copy_size(c->master);
}

static void send_signal(struct client *c, int32_t signal)
{
	(void)put(c, HOST_SIGNAL, &signal, sizeof(signal), -1); /* the end is noticed anyway */
}

/*
 * The command was stopped: so is this process, and with a terminal its whole job, as if the key had been typed here. The kernel
 * ignores that if no shell is there to continue it, and the command goes on.
 */
static void stop(struct client *c)
{
	sigset_t set;

	terminal_restore(&c->terminal);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTSTP);
	void (*handler)(int) = signal(SIGTSTP, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)kill(c->has_keys ? 0 : getpid(), SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGTSTP, handler);
	take_terminal(c);
	send_signal(c, SIGCONT);
}

static void take_signals(struct client *c)
{
	struct signalfd_siginfo info;

	while (read(c->signals, &info, sizeof(info)) == sizeof(info)) {
		int n = (int)info.ssi_signo;

		if (n == SIGCONT)
			take_terminal(c);
		if (n == SIGWINCH && c->master >= 0)
			terminal_copy_size(c->master);
		else if (!signal_is_ignored(n))
			send_signal(c, n);
	}
}

/* Messages */

static int take_master(struct client *c, struct channel_message *m, struct masu_error *err)
{
	if (m->fd < 0 || c->tty < 0 || c->master >= 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected terminal of the host");
	c->streams = calloc(1, sizeof(*c->streams));
	int r = c->streams ? fd_set_nonblock(m->fd, true) : -ENOMEM;
	if (r < 0)
		return err_sys(err, r, "prepare the terminal");
	c->master = TAKE_FD(m->fd);
	int screen = isatty(STDOUT_FILENO) ? STDOUT_FILENO : c->tty;
	streams_add(c->streams, STREAM_KEYS, c->tty, c->master, -1);
	streams_add(c->streams, STREAM_SCREEN, c->master, screen, -1);
	take_terminal(c);
	return 0;
}

static int take_message(struct client *c, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_receive(c->channel, &m);

	if (r < 0)
		return err_set(err, ERR_UNAVAILABLE, -r, "the host has closed the connection");
	switch (m.type) {
	case HOST_MASTER:
		return take_master(c, &m, err);
	case HOST_NOTICE:
		if (c->options.notice)
			c->options.notice(c->options.userdata, m.bytes, false);
		return 0;
	case HOST_STOPPED:
		stop(c);
		return 0;
	case HOST_ENDED:
		if (m.size != sizeof(c->status))
			break;
		memcpy(&c->status, m.bytes, sizeof(c->status));
		c->ended = true;
		return 0;
	case CHANNEL_ERROR:
		return channel_to_err(&m, err);
	}
	return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected message of the host");
}

/* The keys are the first stream: see take_master(). */
static void want_streams(const struct client *c, struct pollfd *polls)
{
	streams_wanted(c->streams, polls);
	if (!c->has_keys)
		polls[0].fd = -1;
}

/* Waits until the command has ended. */
static int watch(struct client *c, struct masu_error *err)
{
	enum { SIGNALS, CHANNEL, STREAMS };
	struct pollfd polls[STREAMS + 2 * STREAMS_MAX] = {
		[SIGNALS] = {c->signals, POLLIN, 0},
		[CHANNEL] = {c->channel, POLLIN, 0},
	};
	int r = 0;

	while (r == 0 && !c->ended) {
		size_t n = c->streams ? 2 * c->streams->n : 0;

		if (c->streams)
			want_streams(c, polls + STREAMS);
		int ready = poll(polls, STREAMS + n, n > 0 && !c->has_keys ? LOOK_MS : -1);
		if (ready == 0)
			take_terminal(c);
		if (ready <= 0)
			continue; /* EINTR after a stop of this process */
		if (polls[SIGNALS].revents)
			take_signals(c);
		if (n > 0)
			streams_move(c->streams, polls + STREAMS);
		if (polls[CHANNEL].revents)
			r = take_message(c, err);
	}
	return r;
}

/* All that the command has written is in the master by now. Something that outlives it may go on to write for ever. */
static void drain(struct client *c)
{
	enum { SIGNALS, STREAMS };
	struct pollfd polls[STREAMS + 2 * STREAMS_MAX] = {[SIGNALS] = {c->signals, POLLIN, 0}};

	if (!c->streams)
		return;
	streams_finish(c->streams);
	while (streams_left(c->streams)) {
		bool full = streams_wanted(c->streams, polls + STREAMS);
		int n = poll(polls, STREAMS + 2 * c->streams->n, full ? -1 : 0);

		if (n == 0 || (n > 0 && polls[SIGNALS].revents && full))
			return;
		if (n > 0)
			streams_move(c->streams, polls + STREAMS);
	}
}

int masu_box_host_exec(const struct masu_host_exec_options *options, int *ret_status,
		       masu_error *err)
{
	_cleanup_client_ struct client c = {
		.channel = -1, .signals = -1, .tty = -1, .master = -1, .terminal = TERMINAL_INIT};
	int r = options_take(&c.options, sizeof(c.options), options, err);

	if (r < 0)
		return r;
	if (!c.options.command || !*c.options.command)
		return err_set(err, ERR_INVALID, EINVAL, "missing command");
	if (c.options.workdir && *c.options.workdir != '/')
		return err_set(err, ERR_INVALID, EINVAL, "working directory '%s' is not absolute",
			       c.options.workdir);
	r = connect_host(&c, err);
	if (r == 0)
		r = hold_signals(&c, err);
	if (r < 0)
		return r;
	r = send_request(&c);
	if (r < 0)
		return explain_send(&c, r, err);
	r = watch(&c, err);
	drain(&c);
	if (r == 0)
		*ret_status = c.status;
	return r;
}
