/* SPDX-License-Identifier: Apache-2.0 */
/*
 * masu-init -- [COMMAND [ARG...]]: pid 1 of a container for commands that are not written to be one.
 *
 * Theory: pid 1 must reap every orphan of its pid namespace, and the kernel does not deliver
 * signals to it that it has no handler for. So the command runs as a child in a process group
 * of its own, which gets the terminal if there is one. All signals are blocked here and taken by
 * sigwaitinfo(2) one after the other: SIGCHLD reaps, the rest is sent on to the command. They are blocked from before the
 * execve(2) of this program on (runtime/init/command.c), so that none is lost. When the
 * command ends, init ends with its exit status or 128 + signal, and the kernel kills the other
 * processes. It runs with the container's privileges: it drops nothing and opens nothing.
 *
 * Without a command it only reaps, for a container whose processes all come from outside (a box). SIGTERM and its like end it:
 * it passes them on to all processes, with a SIGHUP for shells, which ignore SIGTERM, and exits when none is left. They are
 * not its children, so the kernel reports no end, and it looks every few milliseconds.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"

enum {
	STATUS_FAILED = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128,
	ON_NOEXEC = -1, /* beside errno values */
};

#define COMMAND_PATH_MAX 4096

static void complain(const char *what, const char *why)
{
	char line[512];
	struct text t = text_into(line, sizeof(line));

	text_add(&t, "masu-init: ");
	if (what) {
		text_add(&t, "\"");
		text_add(&t, what);
		text_add(&t, "\": ");
	}
	text_add(&t, why);
	text_add(&t, "\n");
	(void)!write(STDERR_FILENO, t.start, t.length); /* no other place to report it */
}

static const char *search_path(void)
{
	for (char **e = environ; *e; e++) {
		if (strncmp(*e, "PATH=", 5) == 0)
			return *e + 5;
	}
	return SEARCH_PATH_DEFAULT;
}

/* DIRECTORY/NAME, or ./NAME for an empty directory, as PATH has it. False if it is too long. */
static bool join(char file[COMMAND_PATH_MAX], const char *dir, size_t length, const char *name)
{
	struct text t = text_into(file, COMMAND_PATH_MAX);

	if (length >= COMMAND_PATH_MAX)
		return false;
	memcpy(file, dir, length);
	file[length] = '\0';
	t.length = length;
	text_add(&t, length ? "/" : "./");
	text_add(&t, name);
	return !t.truncated;
}

/* The errno of an execve(2) that failed, or that it is the mount which forbids it. */
static int failure(const char *file)
{
	int code = errno;
	struct statvfs s;

	return code == EACCES && statvfs(file, &s) == 0 && s.f_flag & ST_NOEXEC ? ON_NOEXEC : code;
}

/* As execvp(3), but for scripts without an interpreter line. Returns the errno of the failure. */
static int exec_command(char **argv)
{
	const char *dir = search_path();
	char file[COMMAND_PATH_MAX];
	int seen = ENOENT;

	if (strchr(argv[0], '/')) {
		(void)execve(argv[0], argv, environ);
		return failure(argv[0]);
	}
	for (;;) {
		size_t length = 0;

		while (dir[length] && dir[length] != ':')
			length++;
		if (join(file, dir, length, argv[0])) {
			(void)execve(file, argv, environ);
			if (errno == EACCES)
				seen = failure(file); /* unless it is found further on */
			else if (errno != ENOENT && errno != ENOTDIR)
				return errno;
		}
		if (!dir[length])
			return seen;
		dir += length + 1;
	}
}

/* The child: its own group in the foreground, no blocked or ignored signals, the command. */
_noreturn_ static void run_command(char **argv)
{
	sigset_t none;
	pid_t group;
	int code;

	(void)setpgid(0, 0); /* fails for a session leader alone, which a child is not */
	group = getpid();
	/* A missing terminal is not an error. SIGTTOU, which this may raise, is still blocked. */
	(void)ioctl(STDIN_FILENO, TIOCSPGRP, &group);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	code = exec_command(argv);
	if (code == ENOENT || code == ENOTDIR) {
		complain(argv[0], "command not found in the container");
		_exit(STATUS_NOT_FOUND);
	}
	complain(argv[0], code == EACCES      ? "cannot be executed: permission denied"
			  : code == ON_NOEXEC ? "cannot be executed: permission denied: "
						"its file system is mounted noexec"
			  : code == ENOEXEC   ? "cannot be executed: not a program for this machine"
			  : code == E2BIG     ? "cannot be executed: too many arguments"
					      : "cannot be executed");
	_exit(STATUS_NOT_EXECUTABLE);
}

/* Reaps all that can be. True, and the exit status, when the command was among it. */
static bool reap(pid_t command, int *ret_status)
{
	bool ended = false;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		ended = true;
		*ret_status = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
						  : WEXITSTATUS(status);
	}
	return ended;
}

/* Faults of init itself must kill it; SIGTTIN and SIGTTOU come of its own use of the terminal. */
static void block_signals(sigset_t *ret_blocked)
{
	static const int not_passed[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};

	(void)sigfillset(ret_blocked);
	for (size_t i = 0; i < ARRAY_SIZE(not_passed); i++)
		(void)sigdelset(ret_blocked, not_passed[i]);
	(void)sigprocmask(SIG_SETMASK, ret_blocked, NULL); /* can't fail with these arguments */
}

static int supervise(pid_t command, const sigset_t *blocked)
{
	siginfo_t info;
	int status;

	for (;;) {
		int signal_number = sigwaitinfo(blocked, &info);

		if (signal_number < 0)
			continue; /* EINTR, after a stop */
		switch (signal_number) {
		case SIGCHLD:
			if (reap(command, &status))
				return status;
			break;
		case SIGTTIN:
		case SIGTTOU:
			break;
		default:
			(void)kill(command, signal_number); /* gone: its SIGCHLD is on the way */
		}
	}
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

/* The kernel kills the rest when the time for a stop is over. */
static void end_all(int signal_number, const sigset_t *blocked)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

	(void)kill(-1, signal_number);
	(void)kill(-1, SIGHUP);
	(void)kill(-1, SIGCONT);
	while (kill(-1, 0) == 0) {
		reap_all();
		(void)sigtimedwait(blocked, NULL, &pause);
	}
}

static int idle(const sigset_t *blocked)
{
	for (;;) {
		int signal_number = sigwaitinfo(blocked, NULL);

		switch (signal_number) {
		case SIGCHLD:
			reap_all();
			break;
		case SIGHUP:
		case SIGINT:
		case SIGQUIT:
		case SIGTERM:
			end_all(signal_number, blocked);
			return 0;
		default:
			break;
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t blocked;
	pid_t command;

	if (argc < 2 || strcmp(argv[1], "--") != 0) {
		complain(NULL, "usage: masu-init -- [COMMAND [ARG...]]");
		return STATUS_FAILED;
	}
	block_signals(&blocked);
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it would lose the exit status */
	if (argc == 2)
		return idle(&blocked);
	command = fork();
	if (command < 0) {
		complain(argv[2], "cannot be started: no more processes can be made");
		return STATUS_FAILED;
	}
	if (command == 0)
		run_command(argv + 2);
	return supervise(command, &blocked);
}
