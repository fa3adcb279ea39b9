/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host's side of `masu box host-exec` (host-message.h): one process for each command. It is the leader of the session and
 * the parent of the command, which has a process group of its own. So the command can be stopped by a key and go on, as in a
 * shell. Without such a parent, the kernel would not stop it.
 */

#include "launcher/host-command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/str.h"
#include "launcher/host-message.h"
#include "launcher/host-request.h"

struct job {
	struct host_request request;
	int channel; /* -1: the client has gone */
	int signals;
	int terminal; /* of the command; -1: none, or it is the command's alone */
	pid_t pid;    /* and the process group */
	int32_t status;
	bool ended;
};

static void job_done(struct job *j)
{
	fd_close(&j->channel);
	fd_close(&j->signals);
	fd_close(&j->terminal);
	host_request_done(&j->request);
}
#define _cleanup_job_ _cleanup_(job_done)

/* The socket must not be a stream of the command. */
static int take_channel(struct job *j, struct masu_error *err)
{
	int r = host_request_check_peer(STDIN_FILENO, err);
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	j->channel = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (j->channel < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0)
		return err_sys(err, errno, "take the connection");
	return r;
}

static int hold_signals(struct job *j, struct masu_error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTERM);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	j->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return j->signals < 0 ? err_sys(err, errno, "wait for signals") : 0;
}

/* A terminal of the host, which becomes that of this session. Sends the master to the client, which alone has it then. */
static int open_terminal(struct job *j, struct masu_error *err)
{
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return err_sys(err, errno, "create a terminal");
	j->terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (j->terminal < 0 || ioctl(master, TIOCSWINSZ, &j->request.window) < 0)
		return err_sys(err, errno, "open the terminal");
	(void)setsid(); /* fails for the leader of a session, as systemd starts it */
	if (ioctl(j->terminal, TIOCSCTTY, 0) < 0)
		return err_sys(err, errno, "take the terminal");
	int r = channel_send(j->channel, HOST_MASTER, NULL, 0, master);
	return r < 0 ? err_sys(err, r, "send the terminal") : 0;
}

/* The directory has the same name on the host, or the command starts in the home. */
static void change_directory(const struct job *j)
{
	_cleanup_free_ char *notice = NULL;
	const char *home = getenv("HOME"), *dir = j->request.dir;

	if (dir && chdir(dir) == 0)
		return;
	if (!home || chdir(home) < 0)
		(void)!chdir("/");
	if (dir)
		notice = str_printf("the host has no directory '%s': the command starts in '%s'",
				    dir, home ? home : "/");
	if (notice)
		(void)channel_send(j->channel, HOST_NOTICE, notice, strlen(notice), -1);
}

/* In the child */
_noreturn_ static void execute(struct job *j)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const struct host_request *q = &j->request;

	(void)setpgid(0, 0);
	if (j->terminal >= 0) {
		(void)signal(SIGTTOU, SIG_IGN); /* this group is in the background yet */
		(void)tcsetpgrp(j->terminal, getpid());
	}
	for (int i = 0; i < 3; i++)
		if (dup2(q->stdio[i] < 0 ? j->terminal : q->stdio[i], i) < 0)
			_exit(125);
	change_directory(j);
	signals_reset();
	(void)execvpe(q->argv[0], q->argv, q->env);
	int code = errno;
	(void)err_set(&err, code == ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE, code,
		      "cannot execute \"%s\" on the host: %s", q->argv[0], strerror(code));
	(void)channel_send_err(j->channel, &err); /* the client may have gone */
	_exit(125);
}

static int start(struct job *j, struct masu_error *err)
{
	int r = j->request.terminal ? open_terminal(j, err) : 0;

	if (r < 0)
		return r;
	j->pid = fork();
	if (j->pid < 0)
		return err_sys(err, errno, "create a process");
	if (j->pid == 0)
		execute(j);
	(void)setpgid(j->pid, j->pid); /* the child does the same: a signal may come before */
	fd_close(&j->terminal);
	for (size_t i = 0; i < ARRAY_SIZE(j->request.stdio); i++)
		fd_close(&j->request.stdio[i]);
	return 0;
}

static void send_signal(const struct job *j, int signal)
{
	(void)kill(-j->pid, signal); /* not reaped yet, so its number is not another's */
}

/* Like the terminal of a shell that is closed. The command may survive that, by nohup(1). */
static void client_gone(struct job *j)
{
	fd_close(&j->channel);
	send_signal(j, SIGHUP);
	send_signal(j, SIGCONT);
}

static void take_message(struct job *j)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int32_t signal;

	if (channel_receive(j->channel, &m) < 0 || m.type != HOST_SIGNAL ||
	    m.size != sizeof(signal)) {
		client_gone(j);
		return;
	}
	memcpy(&signal, m.bytes, sizeof(signal));
	if (signal > 0 && signal <= SIGRTMAX)
		send_signal(j, signal);
}

static void take_children(struct job *j)
{
	int status;

	while (!j->ended && waitpid(j->pid, &status, WNOHANG | WUNTRACED) == j->pid) {
		if (WIFSTOPPED(status)) {
			if (j->channel >= 0)
				(void)channel_send(j->channel, HOST_STOPPED, NULL, 0, -1);
			continue;
		}
		j->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		j->ended = true;
	}
}

static void take_signals(struct job *j)
{
	struct signalfd_siginfo info;

	while (read(j->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGCHLD)
			take_children(j);
		else if (!j->ended)
			send_signal(
				j,
				(int)info.ssi_signo); /* of `systemctl stop`, or a lost terminal */
}

static void watch(struct job *j)
{
	while (!j->ended) {
		struct pollfd polls[] = {{j->signals, POLLIN, 0}, {j->channel, POLLIN, 0}};

		if (poll(polls, ARRAY_SIZE(polls), -1) < 0)
			continue; /* EINTR after a stop of this process */
		if (polls[1].revents)
			take_message(j);
		if (polls[0].revents)
			take_signals(j);
	}
}

int host_command_main(void)
{
	_cleanup_job_ struct job j = {
		.request = HOST_REQUEST_INIT, .channel = -1, .signals = -1, .terminal = -1};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = fd_cloexec_from(STDERR_FILENO + 1);

	r = r < 0 ? err_sys(&err, r, "close descriptors") : take_channel(&j, &err);
	if (r == 0)
		r = hold_signals(&j, &err);
	if (r == 0)
		r = host_request_receive(j.channel, &j.request, &err);
	if (r == 0)
		r = start(&j, &err);
	if (r < 0) {
		if (j.channel >= 0)
			(void)channel_send_err(j.channel, &err); /* the client may have gone */
		return log_err(&err);
	}
	watch(&j);
	if (j.channel >= 0)
		(void)channel_send(j.channel, HOST_ENDED, &j.status, sizeof(j.status), -1);
	return 0;
}
