/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the C library that masu-monitor and masu-init use, for programs that stay for as long
 * as a container does. A static program of glibc keeps 350 to 700 kB resident whatever it does (start-up,
 * locale, stdio, IFUNC copies); with this the whole program is a few pages. The names, types and
 * contracts are those of the system's headers, so the programs are ordinary C: where this isn't
 * ported to, and under the sanitizers, the same sources are linked with the system's library.
 *
 * It holds for 64-bit kernels only, where the kernel's and the library's structs are the same ones.
 * Not here: threads, locale, stdio, malloc, signal handlers (they need a restorer).
 *
 * Names in parentheses are macros in the headers of glibc 2.43, which keep a const argument const.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/nolibc/start.h"

/* The headers name parameters in the compiler's name space; these are names for people. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* The kernel's sets have 64 signals, the library's type has room for 1024. */
#define KERNEL_SIGSET_SIZE 8

/* A loop that the compiler must not turn into a call of the function that it is the body of. */
#define KEEP_LOOP() __asm__ volatile("" ::: "memory")

char **environ;

int nolibc_errno; /* the headers' errno; there is one thread */

int *__errno_location(void)
{
	return &nolibc_errno;
}

/* The kernel's answer as the library gives it. */
static long result(long r)
{
	if (r >= 0 || r < -4095)
		return r;
	nolibc_errno = (int)-r;
	return -1;
}

#define ARG(a) ((long)(a))
#define SYSTEM6(n, a, b, c, d, e, f) \
	result(start_syscall(n, ARG(a), ARG(b), ARG(c), ARG(d), ARG(e), ARG(f)))
#define SYSTEM5(n, a, b, c, d, e) SYSTEM6(n, a, b, c, d, e, 0)
#define SYSTEM4(n, a, b, c, d)	  SYSTEM6(n, a, b, c, d, 0, 0)
#define SYSTEM3(n, a, b, c)	  SYSTEM6(n, a, b, c, 0, 0, 0)
#define SYSTEM2(n, a, b)	  SYSTEM6(n, a, b, 0, 0, 0, 0)
#define SYSTEM1(n, a)		  SYSTEM6(n, a, 0, 0, 0, 0, 0)

/* memory and strings */

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((char *)to)[i] = ((const char *)from)[i];
		KEEP_LOOP();
	}
	return to;
}

void *memset(void *to, int c, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((char *)to)[i] = (char)c;
		KEEP_LOOP();
	}
	return to;
}

void *(memchr)(const void *s, int c, size_t size)
{
	for (const unsigned char *p = s; size > 0; p++, size--) {
		if (*p == (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		KEEP_LOOP();
	}
	return n;
}

int strncmp(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (a[i] != b[i])
			return (unsigned char)a[i] - (unsigned char)b[i];
		if (!a[i])
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		KEEP_LOOP();
	return (unsigned char)*a - (unsigned char)*b;
}

char *(strchr)(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

/* files */

int openat(int dirfd, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)SYSTEM4(SYS_openat, dirfd, path, flags, mode);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	return SYSTEM3(SYS_read, fd, buffer, size);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t at)
{
	return SYSTEM4(SYS_pread64, fd, buffer, size, at);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	return SYSTEM3(SYS_write, fd, buffer, size);
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
	return SYSTEM3(SYS_writev, fd, pieces, n);
}

off_t lseek(int fd, off_t at, int whence)
{
	return SYSTEM3(SYS_lseek, fd, at, whence);
}

int ftruncate(int fd, off_t size)
{
	return (int)SYSTEM2(SYS_ftruncate, fd, size);
}

int fsync(int fd)
{
	return (int)SYSTEM1(SYS_fsync, fd);
}

int close(int fd)
{
	return (int)SYSTEM1(SYS_close, fd);
}

int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)SYSTEM3(SYS_close_range, first, last, flags);
}

int dup2(int from, int to)
{
	if (from == to)
		return fcntl(from, F_GETFD) < 0 ? -1 : to;
	return (int)SYSTEM3(SYS_dup3, from, to, 0); /* newer architectures have no dup2 */
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	long arg;

	va_start(ap, command);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)SYSTEM3(SYS_fcntl, fd, command, arg);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	long arg;

	va_start(ap, request);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)SYSTEM3(SYS_ioctl, fd, request, arg);
}

int faccessat(int dirfd, const char *path, int mode, int flags)
{
	if (flags) {
		nolibc_errno = EINVAL; /* this system call has none */
		return -1;
	}
	return (int)SYSTEM3(SYS_faccessat, dirfd, path, mode);
}

int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	return (int)SYSTEM4(SYS_renameat, from_dirfd, from, to_dirfd, to);
}

int unlinkat(int dirfd, const char *path, int flags)
{
	return (int)SYSTEM3(SYS_unlinkat, dirfd, path, flags);
}

int chdir(const char *path)
{
	return (int)SYSTEM1(SYS_chdir, path);
}

int fchdir(int fd)
{
	return (int)SYSTEM1(SYS_fchdir, fd);
}

mode_t umask(mode_t mask)
{
	return (mode_t)SYSTEM1(SYS_umask, mask);
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};

	return (int)SYSTEM5(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

/* sockets */

int socket(int domain, int type, int protocol)
{
	return (int)SYSTEM3(SYS_socket, domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return (int)SYSTEM3(SYS_bind, fd, address, size);
}

int listen(int fd, int backlog)
{
	return (int)SYSTEM2(SYS_listen, fd, backlog);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	return (int)SYSTEM4(SYS_accept4, fd, address, size, flags);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	return (int)SYSTEM5(SYS_getsockopt, fd, level, name, value, size);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	return (int)SYSTEM5(SYS_setsockopt, fd, level, name, value, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return SYSTEM3(SYS_sendmsg, fd, message, flags);
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	return SYSTEM6(SYS_recvfrom, fd, buffer, size, flags, NULL, NULL);
}

/* signals */

int sigemptyset(sigset_t *set)
{
	memset(set, 0, sizeof(*set));
	return 0;
}

int sigfillset(sigset_t *set)
{
	memset(set, 0xff, sizeof(*set));
	return 0;
}

static int change_set(sigset_t *set, int signal, int on)
{
	uint64_t *bits = (uint64_t *)set, bit;

	if (signal < 1 || signal > 64) {
		nolibc_errno = EINVAL;
		return -1;
	}
	bit = UINT64_C(1) << (signal - 1);
	*bits = on ? *bits | bit : *bits & ~bit;
	return 0;
}

int sigaddset(sigset_t *set, int signal)
{
	return change_set(set, signal, 1);
}

int sigdelset(sigset_t *set, int signal)
{
	return change_set(set, signal, 0);
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return (int)SYSTEM4(SYS_rt_sigprocmask, how, set, old, KERNEL_SIGSET_SIZE);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return (int)SYSTEM4(SYS_rt_sigtimedwait, set, info, NULL, KERNEL_SIGSET_SIZE);
}

/* SIG_IGN and SIG_DFL alone. */
sighandler_t signal(int number, sighandler_t handler)
{
	struct {
		sighandler_t handler;
		unsigned long flags, restorer, mask;
	} action = {.handler = handler}, old = {0};

	if (SYSTEM4(SYS_rt_sigaction, number, &action, &old, KERNEL_SIGSET_SIZE) < 0)
		return SIG_ERR;
	return old.handler;
}

int signalfd(int fd, const sigset_t *set, int flags)
{
	return (int)SYSTEM4(SYS_signalfd4, fd, set, KERNEL_SIGSET_SIZE, flags);
}

/* processes */

pid_t fork(void)
{
	return (pid_t)SYSTEM5(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int execve(const char *path, char *const argv[], char *const env[])
{
	return (int)SYSTEM3(SYS_execve, path, argv, env);
}

void _exit(int status)
{
	for (;;)
		(void)SYSTEM1(SYS_exit_group, status);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)SYSTEM4(SYS_wait4, pid, status, options, NULL);
}

int kill(pid_t pid, int signal)
{
	return (int)SYSTEM2(SYS_kill, pid, signal);
}

int setpgid(pid_t pid, pid_t group)
{
	return (int)SYSTEM2(SYS_setpgid, pid, group);
}

pid_t getpid(void)
{
	return (pid_t)SYSTEM1(SYS_getpid, 0);
}

uid_t geteuid(void)
{
	return (uid_t)SYSTEM1(SYS_geteuid, 0);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	return (int)SYSTEM2(SYS_clock_gettime, clock, ret);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
