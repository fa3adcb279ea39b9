/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor-launcher MONITOR DIRECTORY MODE OPTION... -- COMMAND...: what the engine's launcher does, without the
 * container: starts COMMAND as "init" with its output in pipes (MODE "pipes", or "stdin" for a
 * stdin as well) or on a pty (MODE "console"), then execs the monitor on DIRECTORY/container and DIRECTORY/run.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "monitor/protocol.h"

#define ARGS_MAX 64

struct launch {
	char *args[ARGS_MAX];
	int n_args;
	int in[2], out[2], err[2], master;
};

static void add(struct launch *l, const char *name, int value)
{
	char *text;

	if (l->n_args + 2 >= ARGS_MAX || asprintf(&text, "%d", value) < 0)
		errx(1, "too many options");
	l->args[l->n_args++] = (char *)name;
	l->args[l->n_args++] = text;
}

/* No O_CLOEXEC here: the monitor has to get them. */
static int open_dir(const char *dir, const char *name)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (sub < 0)
		err(1, "%s/%s", dir, name);
	(void)close(fd);
	return fcntl(sub, F_DUPFD, 3);
}

__attribute__((noreturn)) static void run_command(struct launch *l, char **command)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (l->master >= 0) {
		int slave = ioctl(l->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

		(void)setsid();
		if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
			err(1, "pty");
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(slave, fd);
	} else {
		if (l->in[0] >= 0)
			(void)dup2(l->in[0], 0);
		(void)dup2(l->out[1], 1);
		(void)dup2(l->err[1], 2);
	}
	(void)close_range(3, ~0U, 0);
	execvp(command[0], command);
	err(127, "%s", command[0]);
}

static void open_stdio(struct launch *l, const char *mode)
{
	l->in[0] = l->in[1] = l->master = -1;
	if (strcmp(mode, "console") == 0) {
		l->master = posix_openpt(O_RDWR | O_NOCTTY);
		if (l->master < 0 || grantpt(l->master) < 0 || unlockpt(l->master) < 0)
			err(1, "pty");
		add(l, MONITOR_CONSOLE, l->master);
		return;
	}
	if (pipe2(l->out, O_CLOEXEC) < 0 || pipe2(l->err, O_CLOEXEC) < 0)
		err(1, "pipe");
	add(l, MONITOR_STDOUT, fcntl(l->out[0], F_DUPFD, 3));
	add(l, MONITOR_STDERR, fcntl(l->err[0], F_DUPFD, 3));
	if (strcmp(mode, "stdin") == 0) {
		if (pipe2(l->in, O_CLOEXEC) < 0)
			err(1, "pipe");
		add(l, MONITOR_STDIN, fcntl(l->in[1], F_DUPFD, 3));
	}
}

int main(int argc, char **argv)
{
	struct launch l = {.args = {(char *)MONITOR_PROGRAM}, .n_args = 1};
	char *exit_command = getenv("EXIT_COMMAND"), *cgroup = getenv("CGROUP");
	char **command;
	pid_t pid;

	if (argc < 6)
		errx(1, "usage: MONITOR DIRECTORY MODE OPTION... -- COMMAND...");
	open_stdio(&l, argv[3]);
	add(&l, MONITOR_CONTAINER_DIR, open_dir(argv[2], "container"));
	add(&l, MONITOR_RUN_DIR, open_dir(argv[2], "run"));
	if (cgroup)
		add(&l, MONITOR_CGROUP, open_dir(cgroup, "."));
	for (command = argv + 4; *command && strcmp(*command, "--") != 0; command++)
		l.args[l.n_args++] = *command;
	if (!*command || !command[1])
		errx(1, "no command");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		run_command(&l, command + 1);
	if (getenv("HELPER") && fork() == 0)
		_exit(3);
	add(&l, MONITOR_INIT_PID, pid);
	if (exit_command) {
		l.args[l.n_args++] = (char *)MONITOR_EXIT_COMMAND;
		l.args[l.n_args++] = exit_command;
	}
	execv(argv[1], l.args);
	err(1, "%s", argv[1]);
}
