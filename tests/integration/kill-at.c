/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a command and kills it before one of its system calls takes effect: the Nth of all that it
 * and its children make together. So every state that a crash can leave behind can be reached.
 *
 *   kill-at first|all N COMMAND [ARG...]
 *
 * "first" kills the command's own process and lets go of the others, "all" kills them all. Exits
 * with 0 when it has killed, else, when there were fewer, with 1, and prints how many there were.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 256
#define FOLLOW                                                                                 \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_TRACESYSGOOD)

struct processes {
	pid_t pid[PROCESSES_MAX];
	int n;
};

static void add(struct processes *p, pid_t pid)
{
	for (int i = 0; i < p->n; i++)
		if (p->pid[i] == pid)
			return;
	if (p->n < PROCESSES_MAX)
		p->pid[p->n++] = pid;
}

static bool is_entry(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* The child that a stop tells of, long before its own first stop. */
static void add_child(struct processes *p, pid_t parent, int status)
{
	unsigned long child;

	if (status >> 16 && status >> 16 != PTRACE_EVENT_EXEC &&
	    ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0 && child)
		add(p, (pid_t)child);
}

/* Goes on after a stop, with the signal that it was for, if it was. */
static void resume(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);
	bool own = signal == (SIGTRAP | 0x80) || signal == SIGTRAP || signal == SIGSTOP;

	ptrace(PTRACE_SYSCALL, pid, NULL, own ? 0 : signal);
}

static void kill_them(const struct processes *p, bool all)
{
	int status;
	pid_t pid;

	for (int i = all ? p->n - 1 : 0; i >= 0; i--)
		kill(p->pid[i], SIGKILL);
	if (!all) {
		/* A process that was just born will still be stopped for us, and nothing would continue it. */
		for (int i = 1; i < p->n; i++)
			kill(p->pid[i], SIGCONT);
		(void)waitpid(p->pid[0], &status,
			      0); /* the end of this process lets the others go */
		return;
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
		if (WIFSTOPPED(status)) /* one that was just born */
			kill(pid, SIGKILL);
}

int main(int argc, char **argv)
{
	struct processes all = {0};
	uint64_t count = 0, at;
	int status;
	pid_t pid;

	if (argc < 4)
		return 2;
	at = strtoull(argv[2], NULL, 10);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, NULL, FOLLOW) < 0)
		return 2;
	add(&all, pid);
	ptrace(PTRACE_SYSCALL, pid, NULL, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (!WIFSTOPPED(status) && pid == all.pid[0])
			break; /* what it leaves behind may live on */
		if (!WIFSTOPPED(status))
			continue;
		add(&all, pid);
		add_child(&all, pid, status);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && is_entry(pid) && ++count == at) {
			kill_them(&all, strcmp(argv[1], "all") == 0);
			return 0;
		}
		resume(pid, status);
	}
	printf("%llu\n", (unsigned long long)count);
	return 1;
}
