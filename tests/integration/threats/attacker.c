/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A neighbour on the host, and calls that a container must not get through:
 *   swap A B SECONDS   exchange two names without pause (RENAME_EXCHANGE)
 *   swap-at-unlink A B COMMAND...   exchange them when a command has found a directory to remove
 *   overwrite FILE     write over a program as soon as nothing runs it
 *   sockets            AF_ALG and AF_VSOCK in every way that there is into socket(2)
 *   tiocsti            type into the terminal on stdin
 *   takeover SECONDS   overwrite the program of a process that is called "script"
 *   thief SECONDS      take what masu-oci has when it comes in
 *   trace PID          trace a process
 * Sockets, tiocsti and trace print "what: refused", "what: killed" or "what: OPEN" for each way.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attacker.h"

#define HIGH_BITS (1L << 32)

static long native_alg(void)
{
	return syscall(SYS_socket, FAMILY_ALG, SEQPACKET, 0);
}

static long native_alg_high_bits(void)
{
	return syscall(SYS_socket, FAMILY_ALG | HIGH_BITS, SEQPACKET, 0);
}

static long native_vsock(void)
{
	return syscall(SYS_socket, FAMILY_VSOCK, STREAM, 0);
}

static long pair_alg(void)
{
	int pair[2];

	return syscall(SYS_socketpair, FAMILY_ALG, SEQPACKET, 0, pair);
}

static long type(unsigned long request)
{
	return syscall(SYS_ioctl, STDIN_FILENO, request, "x");
}

static long tiocsti(void)
{
	return type(TIOCSTI);
}

static long tiocsti_high_bits(void)
{
	return type(TIOCSTI | (unsigned long)HIGH_BITS);
}

static pid_t victim;

static long trace(void)
{
	return ptrace(PTRACE_SEIZE, victim, 0, 0);
}

static void attempt(const char *what, long (*call)(void))
{
	int status;

	(void)fflush(stdout);
	if (fork() == 0)
		_exit(call() >= 0 ? 99 : errno);
	(void)wait(&status);
	if (WIFSIGNALED(status))
		(void)printf("%s: killed\n", what);
	else if (WEXITSTATUS(status) == 99)
		(void)printf("%s: OPEN\n", what);
	else
		(void)printf("%s: refused: %s\n", what, strerror(WEXITSTATUS(status)));
}

static int sockets(void)
{
	attempt("alg", native_alg);
	attempt("alg, high bits", native_alg_high_bits);
	attempt("alg pair", pair_alg);
	attempt("vsock", native_vsock);
	for (const struct way *w = foreign_ways; w->call; w++)
		attempt(w->name, w->call);
	return 0;
}

static int swap(const char *a, const char *b, int seconds)
{
	time_t end = time(NULL) + seconds;

	while (time(NULL) < end)
		for (int i = 0; i < 1000; i++)
			if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0) {
				perror("exchange");
				return 1;
			}
	return 0;
}

/* By a descriptor, which lives on when the process has ended that had the program. */
static int overwrite(const char *program)
{
	int held = open(program, O_RDONLY | O_CLOEXEC), fd = -1;
	char file[64];

	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", held);
	for (int tries = 0; fd < 0 && tries < 500; tries++) {
		(void)usleep(10000);
		fd = open(file, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && errno != ETXTBSY)
			break;
	}
	if (fd < 0 || write(fd, "#!/bin/sh\n", 10) < 0) /* read-only, or a sealed copy */
		(void)printf("refused: %s\n", strerror(errno));
	else
		(void)printf("OVERWRITTEN\n");
	return 0;
}

static int takeover(int seconds)
{
	char path[64];
	int fd = find_program(seconds);

	if (fd < 0)
		return 1;
	(void)printf("found\n");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return overwrite(path);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "swap") == 0)
		return swap(argv[2], argv[3], (int)strtol(argv[4], NULL, 10));
	if (argc > 4 && strcmp(argv[1], "swap-at-unlink") == 0)
		return swap_at_unlink(argv[2], argv[3], argv + 4);
	if (argc == 3 && strcmp(argv[1], "overwrite") == 0)
		return overwrite(argv[2]);
	if (argc == 3 && strcmp(argv[1], "thief") == 0)
		return thief((int)strtol(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "takeover") == 0)
		return takeover((int)strtol(argv[2], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "sockets") == 0)
		return sockets();
	if (argc == 2 && strcmp(argv[1], "tiocsti") == 0) {
		attempt("tiocsti", tiocsti);
		attempt("tiocsti, high bits", tiocsti_high_bits);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "trace") == 0) {
		victim = (pid_t)strtol(argv[2], NULL, 10);
		attempt("trace", trace);
		return 0;
	}
	(void)fprintf(stderr,
		      "usage: threats-attacker swap A B SECONDS | swap-at-unlink A B COMMAND... | "
		      "overwrite FILE | sockets | "
		      "tiocsti | takeover SECONDS | thief SECONDS | trace PID\n");
	return 2;
}
