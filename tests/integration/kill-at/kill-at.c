/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a command and kills it before one of its system calls takes effect: the Nth of all that it
 * and its children make together. So every state that a crash can leave behind can be reached. Or
 * lets that call fail, as if the host lacked space, descriptors, memory or processes.
 *
 *   kill-at first|all N COMMAND [ARG...]
 *   kill-at ERRNO[+] N COMMAND [ARG...]
 *
 * "first" kills the command's own process and lets go of the others, "all" kills them all. Exits
 * with 0 when it has killed, else, when there were fewer, with 1, and prints how many there were.
 *
 * An errno, ENOSPC, EMFILE, ENOMEM or EAGAIN, is the result of the Nth call that can fail so; with "+" also
 * of all later ones. Calls of other programs than masu's do not count. Exits with the command's
 * exit status, and writes the number of calls to the file that COUNT names. 77: not possible on this machine.
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

#include "fault.h"

#define PROCESSES_MAX 256
#define FOLLOW                                                                                 \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_TRACESYSGOOD)

struct processes {
	pid_t pid[PROCESSES_MAX];
	bool failing[PROCESSES_MAX]; /* it is between the entry and the exit of a call that fails */
	int n;
};

struct plan {
	const struct fault *fault; /* NULL: kill */
	bool kill_all;		   /* else the first alone */
	bool and_later;		   /* calls fail, too */
	uint64_t at, count;
};

/* Returns the index of the process. When the table is full, all further processes share the last index. */
static int add(struct processes *p, pid_t pid)
{
	for (int i = 0; i < p->n; i++)
		if (p->pid[i] == pid)
			return i;
	if (p->n == PROCESSES_MAX)
		return PROCESSES_MAX - 1;
	p->failing[p->n] = false;
	p->pid[p->n] = pid;
	return p->n++;
}

static void forget(struct processes *p, pid_t pid)
{
	int i = 0;

	while (i < p->n && p->pid[i] != pid)
		i++;
	if (i == p->n)
		return;
	p->n--;
	for (; i < p->n; i++) {
		p->pid[i] = p->pid[i + 1];
		p->failing[i] = p->failing[i + 1];
	}
}

/* The child that a stop tells of, long before its own first stop. */
static void add_child(struct processes *p, pid_t parent, int status)
{
	int event = status >> 16;
	unsigned long child;

	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	     event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0 && child)
		(void)add(p, (pid_t)child);
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
		(void)waitpid(p->pid[0], &status, 0);
		return; /* the end of this process lets the others go */
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
		if (WIFSTOPPED(status)) /* one that was just born */
			kill(pid, SIGKILL);
}

static bool is_masu(pid_t pid)
{
	char path[64], target[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	if (strcmp(target, "/") == 0) /* of a mount of the program alone (linux/self.h) */
		return true;
	return strstr(strrchr(target, '/') ? strrchr(target, '/') : target, "masu") != NULL;
}

static bool concerns(const struct plan *plan, pid_t pid, const struct __ptrace_syscall_info *info)
{
	return !plan->fault ||
	       (plan->fault->fits(pid, info->entry.nr, (const uint64_t *)info->entry.args) &&
		is_masu(pid));
}

/* At the entry or exit of a call. Returns whether all were killed. */
static bool meet(struct plan *plan, struct processes *p, pid_t pid)
{
	struct __ptrace_syscall_info info;
	bool *failing = &p->failing[add(p, pid)];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && *failing) {
		*failing = false;
		(void)fault_end(plan->fault, pid); /* fails for a process that was killed */
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !concerns(plan, pid, &info))
		return false;
	plan->count++;
	if (plan->count < plan->at || (plan->count > plan->at && !plan->and_later))
		return false;
	if (plan->fault)
		*failing = fault_begin(plan->fault, pid) == 0;
	else
		kill_them(p, plan->kill_all);
	return !plan->fault;
}

/* Returns the wait status of the first process, or -1 after a kill. */
static int trace(struct plan *plan, pid_t first)
{
	struct processes all = {.pid = {first}, .n = 1};
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (!WIFSTOPPED(status) && pid == first)
			break; /* what it leaves behind may live on */
		if (!WIFSTOPPED(status)) {
			forget(&all, pid);
			continue;
		}
		(void)add(&all, pid);
		add_child(&all, pid, status);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && meet(plan, &all, pid))
			return -1;
		resume(pid, status);
	}
	return status;
}

static int read_plan(char **argv, struct plan *plan)
{
	char name[16];
	size_t n = strlen(argv[1]);

	plan->at = strtoull(argv[2], NULL, 10);
	plan->kill_all = strcmp(argv[1], "all") == 0;
	if (plan->kill_all || strcmp(argv[1], "first") == 0)
		return 0;
	if (n >= sizeof(name))
		return -1;
	memcpy(name, argv[1], n + 1);
	plan->and_later = n > 0 && name[n - 1] == '+';
	if (plan->and_later)
		name[n - 1] = '\0';
	plan->fault = fault_find(name);
	return plan->fault ? 0 : -1;
}

/* After a command that was not killed. */
static int report(const struct plan *plan, int status)
{
	const char *path = getenv("COUNT");
	FILE *f = plan->fault ? (path ? fopen(path, "w") : NULL) : stdout;

	if (f)
		fprintf(f, "%llu\n", (unsigned long long)plan->count);
	if (f && f != stdout)
		fclose(f);
	if (!plan->fault)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct plan plan = {0};
	int status;
	pid_t pid;

	if (argc < 4)
		return 2;
	if (read_plan(argv, &plan) < 0)
		return 77;
	pid = fork();
	if (pid == 0) {
		unsetenv("COUNT");
		raise(SIGSTOP);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	/* Seized, a process that is just born when this one exits goes on. Attached, it would be left with a SIGSTOP. */
	if (waitpid(pid, &status, WUNTRACED) < 0 || ptrace(PTRACE_SEIZE, pid, NULL, FOLLOW) < 0 ||
	    kill(pid, SIGCONT) < 0)
		return 2;
	status = trace(&plan, pid);
	return status < 0 ? 0 : report(&plan, status);
}
