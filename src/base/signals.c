/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * One system call for each signal: reading the ignored ones in /proc/self/status would take as long. libc's sigaction()
 * refuses two signals that it reserves, which a caller can ignore like all others. The layout of the kernel's struct
 * sigaction depends on the processor, but zeros always mean SIG_DFL.
 */
void signals_reset(void)
{
	static const unsigned long zeros[16];
	sigset_t none;

	for (int n = 1; n < _NSIG;
	     n++) /* EINVAL for SIGKILL and SIGSTOP, which have no other disposition */
		(void)syscall(SYS_rt_sigaction, n, zeros, NULL, (size_t)(_NSIG - 1) / 8);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool signal_is_ignored(int signal)
{
	struct sigaction now;

	return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void do_nothing(int signal)
{
}

void signal_survive_file_limit(void)
{
	struct sigaction now;

	if (sigaction(SIGXFSZ, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		(void)signal(SIGXFSZ, do_nothing); /* neither fails for an existing signal */
}
