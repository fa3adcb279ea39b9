/* SPDX-License-Identifier: Apache-2.0 */

/* A neighbour that is always in time: it acts on a stopped process, between two of its system calls. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacker.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define FOLLOW                                                                                 \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

/* Whether a system call that begins is unlinkat(2) of this name. */
static bool is_unlink(pid_t pid, const struct __ptrace_syscall_info *info, const char *name)
{
	char text[64] = "";
	struct iovec local = {text, strlen(name) + 1};
	struct iovec remote = {(void *)(uintptr_t)info->entry.args[1], local.iov_len};

	return info->entry.nr == SYS_unlinkat && local.iov_len <= sizeof(text) &&
	       process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)local.iov_len &&
	       memcmp(text, name, local.iov_len) == 0;
}

/* At the end of a call by which the name turned out to be a directory; it is opened next, to be emptied. */
static bool found_a_directory(pid_t pid, const char *name)
{
	static bool unlinking;
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		unlinking = is_unlink(pid, &info, name);
	return info.op == PTRACE_SYSCALL_INFO_EXIT && unlinking && info.exit.rval == -EISDIR;
}

int swap_at_unlink(const char *a, const char *b, char **argv)
{
	const char *slash = strrchr(a, '/'), *name = slash ? slash + 1 : a;
	int status, swaps = 0;
	pid_t child = fork(), pid;

	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(child, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, child, NULL, FOLLOW) < 0 ||
	    ptrace(PTRACE_SYSCALL, child, NULL, 0) < 0)
		return 125;
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		bool own = signal == SYSCALL_STOP || signal == SIGTRAP || signal == SIGSTOP;

		if (!signal && pid == child)
			break;
		if (signal == SYSCALL_STOP && found_a_directory(pid, name))
			swaps += renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, own ? 0 : signal);
	}
	(void)printf("swapped %d times\n", swaps);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
