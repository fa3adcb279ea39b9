/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Counts the instructions that a command and all its children execute outside of the kernel, by
 * stepping through them: a figure without the machine's noise.
 *
 *   count COMMAND [ARG...]      its output is thrown away; prints the number
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLLOW                                                                                 \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_EXITKILL)

static void start(char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* The signal that a stopped process is to get: none for the stops that stepping makes itself. */
static int signal_of(int status, uint64_t *count)
{
	int signal = WSTOPSIG(status);

	if (signal == SIGTRAP) {
		*count += status >> 16 == 0;
		return 0;
	}
	return signal == SIGSTOP ? 0 : signal;
}

int main(int argc, char **argv)
{
	uint64_t count = 0;
	int status, result = 0;
	pid_t pid, first;

	if (argc < 2)
		return 2;
	first = fork();
	if (first == 0)
		start(argv + 1);
	if (waitpid(first, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, first, NULL, FOLLOW) < 0) {
		perror("count");
		return 1;
	}
	ptrace(PTRACE_SINGLESTEP, first, NULL, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (WIFSTOPPED(status))
			ptrace(PTRACE_SINGLESTEP, pid, NULL, signal_of(status, &count));
		else if (pid == first)
			result = status;
	}
	printf("%llu\n", (unsigned long long)count);
	return result != 0;
}
