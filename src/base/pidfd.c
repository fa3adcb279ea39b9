/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"

#define LOOK_MS	 2 /* between checks of a process that poll(2) cannot wait for */
#define STAT_MAX 4096

static int open_dir(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? errno == ENOENT ? -ESRCH : -errno : fd;
}

int pidfd_new(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && errno == ENOSYS)
		return open_dir(pid);
	return fd < 0 ? -errno : fd;
}

/* By the directory in /proc: returns whether the process was reaped, or is a zombie. */
static bool has_ended(int dir)
{
	_cleanup_free_ char *text = NULL;

	if (file_read(dir, "stat", 4096, &text, NULL) < 0)
		return true;
	const char *state = strrchr(text, ')');
	return !state || !state[1] || strchr("ZX", state[2]);
}

bool pidfd_polls(int pidfd)
{
	struct stat st;

	return fstat(pidfd, &st) < 0 || !S_ISDIR(st.st_mode);
}

int pidfd_wait(int pidfd, int timeout_ms)
{
	bool polls = pidfd_polls(pidfd);
	int64_t end = time_monotonic_ms() + timeout_ms;
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : MAX(end - time_monotonic_ms(), 0);

		if (polls ? poll(&p, 1, (int)left) > 0 : has_ended(pidfd))
			return 1;
		if (left == 0)
			return 0;
		if (!polls)
			(void)poll(NULL, 0, LOOK_MS);
	}
}

/*
 * Linux before 5.1. The directory in /proc belongs to that process alone, and is empty after its exit, so the pid is read
 * there immediately before.
 */
static int kill_by_dir(int dir, int signal)
{
	_cleanup_free_ char *text = NULL;
	uint32_t pid;

	if (file_read(dir, "stat", 4096, &text, NULL) < 0)
		return -ESRCH;
	text[strcspn(text, " ")] = 0;
	if (str_to_uint32(text, &pid) < 0)
		return -EBADMSG;
	return kill((pid_t)pid, signal) < 0 ? -errno : 0;
}

int pidfd_kill(int pidfd, int signal)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0)
		return 0;
	return errno == ENOSYS && !pidfd_polls(pidfd) ? kill_by_dir(pidfd, signal) : -errno;
}

#define FORKED_ONLY 0x40 /* PF_FORKNOEXEC: ps(1) shows it in its column F */

struct process_stat {
	char state;
	uint64_t parent;
	uint64_t flags;
	uint64_t start;
};

static const char *skip_fields(const char *at, int n)
{
	for (; n > 0 && at; n--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/* Fields 3, 4, 9 and 22 of /proc/PID/stat; the name in field 2 may hold any byte: count from its end. */
static int parse_stat(const char *text, struct process_stat *ret)
{
	const char *name_end = strrchr(text, ')');
	const char *state = skip_fields(name_end, 1), *parent = skip_fields(state, 1);
	const char *flags = skip_fields(parent, 5), *start = skip_fields(flags, 13);

	if (!start)
		return -EBADMSG;
	*ret = (struct process_stat){.state = *state,
				     .parent = strtoull(parent, NULL, 10),
				     .flags = strtoull(flags, NULL, 10),
				     .start = strtoull(start, NULL, 10)};
	return 0;
}

static int read_stat(pid_t pid, struct process_stat *ret)
{
	char path[32], text[STAT_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	text[n] = 0;
	return parse_stat(text, ret);
}

int pid_start_time(pid_t pid, uint64_t *ret)
{
	struct process_stat s;
	int r = read_stat(pid, &s);

	if (r < 0)
		return r;
	*ret = s.start;
	return 0;
}

static bool is_alive(const struct process_stat *s, uint64_t start_time)
{
	return s->start == start_time && s->state != 'Z' && s->state != 'X';
}

int pid_is_alive(pid_t pid, uint64_t start_time)
{
	struct process_stat s;
	int r = pid > 0 ? read_stat(pid, &s) : -ESRCH;

	return r == -ESRCH ? 0 : r < 0 ? r : is_alive(&s, start_time);
}

int pidfd_new_same(pid_t pid, uint64_t start_time, bool *ret_executed)
{
	struct process_stat s;

	if (pid <= 0)
		return -ESRCH;
	_cleanup_close_ int fd = pidfd_new(pid);
	if (fd < 0)
		return fd;
	/* Read after the pidfd: a number that was reused meanwhile shows another start time. */
	int r = read_stat(pid, &s);
	if (r < 0)
		return r;
	if (!is_alive(&s, start_time))
		return -ESRCH;
	*ret_executed = !(s.flags & FORKED_ONLY);
	return TAKE_FD(fd);
}

int pidfd_new_parent(pid_t pid, uint64_t start_time)
{
	struct process_stat s, again;
	int r = read_stat(pid, &s);

	if (r < 0)
		return r;
	if (s.start != start_time || s.parent == 0)
		return -ESRCH;
	_cleanup_close_ int fd = pidfd_new((pid_t)s.parent);
	if (fd < 0)
		return fd;
	/* Read again after the pidfd: if both are the same, the number was the parent's meanwhile. */
	r = read_stat(pid, &again);
	if (r < 0)
		return r;
	return again.start == start_time && again.parent == s.parent ? TAKE_FD(fd) : -ESRCH;
}
