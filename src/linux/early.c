/* SPDX-License-Identifier: Apache-2.0 */

/*
 * self_protect() before libc is there.
 *
 * For root the program executes itself a second time, and what libc did to start up in the first run
 * is lost: the relocations, and on x86-64 some fifty CPUID instructions, each of which is a trap where
 * the machine is a virtual one: a tenth of a container's start together. So the kernel enters the
 * program here (early-x86_64.S), and libc starts only in the run that stays.
 *
 * Nothing is relocated yet: no call of libc's (strlen(3) and memcpy(3) are jumps through pointers that
 * are still to be filled in), no table of pointers, no stack protector. What can't be done here, or
 * needs a message, is left to self_protect(), which looks again whatever happened here.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/compat.h"
#include "linux/self.h"

#define FLAG_READ_ONLY	 0x1  /* ST_RDONLY in statfs::f_flags */
#define ENVIRONMENT_MAX	 1024 /* variables; a larger environment is left to self_protect() */
#define MEMORY_OF_FOLDER "MASU_PROGRAM_DIR="

/* In early-x86_64.S. */
long early_syscall(long number, long a, long b, long c, long d, long e);
void early_main(long *stack);

#define ADDRESS(p) ((long)(p))

static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool begins(const char *s, const char *start)
{
	while (*start && *s == *start) {
		s++;
		start++;
	}
	return !*start;
}

/* Options may come before the command; one whose value is such a name costs an exec too many. */
static bool names_exposed_command(char *const *argv)
{
	for (; *argv; argv++)
		for (int i = 0; self_exposed_commands[i][0]; i++)
			if (is_same(*argv, self_exposed_commands[i]))
				return true;
	return false;
}

static bool is_root(const long *auxv)
{
	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == AT_EUID)
			return auxv[1] == 0;
	return false;
}

/* A read-only clone of the program's mount, open in the second run too (self_keep()), or an error. */
static long clone_self(void)
{
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
	struct statfs fs;
	long self = early_syscall(SYS_openat, AT_FDCWD, ADDRESS("/proc/self/exe"),
				  O_RDONLY | O_CLOEXEC, 0, 0);

	if (self < 0)
		return self;
	long clone = -1;
	if (early_syscall(SYS_fstatfs, self, ADDRESS(&fs), 0, 0, 0) == 0 &&
	    !(fs.f_flags & FLAG_READ_ONLY))
		clone = early_syscall(SYS_open_tree, self, ADDRESS(""),
				      OPEN_TREE_CLONE | AT_EMPTY_PATH, 0, 0);
	(void)early_syscall(SYS_close, self, 0, 0, 0, 0);
	if (clone >= 0 && early_syscall(SYS_mount_setattr, clone, ADDRESS(""), AT_EMPTY_PATH,
					ADDRESS(&attributes), sizeof(attributes)) < 0) {
		(void)early_syscall(SYS_close, clone, 0, 0, 0, 0);
		return -1;
	}
	return clone;
}

/* Where the second run is to look for helpers: as self_protect() says it. */
static bool write_folder(char *variable, size_t size)
{
	const char *name = MEMORY_OF_FOLDER;

	for (; *name; size--)
		*variable++ = *name++;
	long n = early_syscall(SYS_readlink, ADDRESS("/proc/self/exe"), ADDRESS(variable),
			       (long)size - 1, 0, 0);
	while (n > 1 && variable[n - 1] != '/')
		n--;
	if (n <= 0)
		return false;
	variable[n > 1 ? n - 1 : 1] = '\0';
	return true;
}

static void execute_again(char *const *argv, char *const *environment)
{
	char folder[sizeof(MEMORY_OF_FOLDER) + PATH_MAX];
	const char *extended[ENVIRONMENT_MAX + 2];
	size_t n = 0;

	for (; environment[n]; n++) {
		if (n == ENVIRONMENT_MAX || begins(environment[n], MEMORY_OF_FOLDER))
			return;
		extended[n] = environment[n];
	}
	extended[n] = folder;
	extended[n + 1] = NULL;
	long clone = clone_self();
	if (clone < 0)
		return;
	if (clone <= STDERR_FILENO) /* the caller has closed a stream */
		(void)early_syscall(SYS_fcntl, clone, F_SETFD, FD_CLOEXEC, 0, 0);
	if (write_folder(folder, sizeof(folder)))
		(void)early_syscall(SYS_execveat, clone, ADDRESS(""), ADDRESS(argv),
				    ADDRESS(extended), AT_EMPTY_PATH);
	(void)early_syscall(SYS_close, clone, 0, 0, 0, 0);
}

/* `stack` holds argc, argv, NULL, the environment, NULL, the auxiliary vector. */
void early_main(long *stack)
{
	char **argv = (char **)(stack + 1);
	char **environment = argv + stack[0] + 1;
	char **end = environment;

	while (*end)
		end++;
	if (is_root((const long *)(end + 1)) && names_exposed_command(argv))
		execute_again(argv, environment);
}
