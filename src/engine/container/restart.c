/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/restart.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/health.h"
#include "engine/container/on-demand.h"
#include "engine/container/state.h"

#define STOPPED_FILE  "stopped"
#define PID_TEXT_SIZE 16

/* As docker has them. */
#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 60000
#define LONG_RUN_NS  (10 * NS_PER_S) /* after which the delay is the shortest again */

static const char *const names[] = {
	[MASU_RESTART_NO] = "no",
	[MASU_RESTART_ON_FAILURE] = "on-failure",
	[MASU_RESTART_ALWAYS] = "always",
	[MASU_RESTART_UNLESS_STOPPED] = "unless-stopped",
};

const char *restart_name(enum masu_restart policy)
{
	return names[policy];
}

enum masu_restart restart_policy(const struct record *record)
{
	for (size_t i = MASU_RESTART_NO; record->restart && i < ARRAY_SIZE(names); i++)
		if (streq(record->restart, names[i]))
			return (enum masu_restart)i;
	return MASU_RESTART_NO;
}

bool restart_is_possible(const struct record *record)
{
	return restart_policy(record) != MASU_RESTART_NO ||
	       health_action(record) == MASU_HEALTH_ACTION_RESTART;
}

int restart_set(struct record *record, enum masu_restart policy, int max, struct masu_error *err)
{
	if (policy >= ARRAY_SIZE(names) || max < 0)
		return err_set(err, ERR_INVALID, EINVAL, "invalid restart policy");
	if (max > 0 && policy != MASU_RESTART_ON_FAILURE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "only the restart policy on-failure has a maximum");
	if (policy > MASU_RESTART_NO && record->auto_remove)
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "a container that is removed when it exits cannot be restarted");
	char *name = policy > MASU_RESTART_NO ? strdup(names[policy]) : NULL;
	if (policy > MASU_RESTART_NO && !name)
		return err_oom(err);
	free(record->restart);
	record->restart = name;
	record->restart_max = max;
	return 0;
}

int restart_check_unit(const struct record *record, struct masu_error *err)
{
	if (!record->split_cgroup || !restart_is_possible(record))
		return 0;
	(void)err_set(err, ERR_CONFLICT, EINVAL,
		      "a container in the cgroup of a unit is restarted by that unit alone");
	return err_hint(err, "set Restart= in the unit; for a health check, use the action kill");
}

int restart_delay_ms(int last_delay_ms, int64_t ran_ns)
{
	if (last_delay_ms <= 0 || ran_ns >= LONG_RUN_NS)
		return DELAY_MIN_MS;
	return last_delay_ms >= DELAY_MAX_MS / 2 ? DELAY_MAX_MS : 2 * last_delay_ms;
}

bool restart_is_stopped(int container_dir)
{
	return faccessat(container_dir, STOPPED_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool restart_is_stopping(int container_dir, const struct record *record)
{
	struct stat st;

	return fstatat(container_dir, STOPPED_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time_now() / NS_PER_S - st.st_mtim.tv_sec <= record->stop_timeout;
}

bool restart_is_due(const struct record *record, int exit_code, int restarts)
{
	switch (restart_policy(record)) {
	case MASU_RESTART_ALWAYS:
	case MASU_RESTART_UNLESS_STOPPED:
		return true;
	case MASU_RESTART_ON_FAILURE:
		return exit_code != 0 &&
		       (record->restart_max == 0 || restarts < record->restart_max);
	default:
		return false;
	}
}

bool restart_is_due_at_boot(const struct record *record, int container_dir)
{
	switch (restart_policy(record)) {
	case MASU_RESTART_ALWAYS:
		break;
	case MASU_RESTART_UNLESS_STOPPED:
		if (restart_is_stopped(container_dir))
			return false;
		break;
	default:
		return false;
	}
	return faccessat(container_dir, STARTED_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       faccessat(container_dir, ON_DEMAND_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Removes the permission of a waiting process, and waits until it has ended, or has started the container. */
static int end_wait(int container_dir, int cancel_fd)
{
	_cleanup_close_ int fd = openat(container_dir, RESTARTING_FILE,
					O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)unlinkat(container_dir, RESTARTING_FILE, 0); /* another process may have done it */
	return fd_lock_or_cancel(fd, LOCK_EX, cancel_fd) == -ECANCELED ? -ECANCELED : 0;
}

int restart_end(int container_dir, int cancel_fd)
{
	_cleanup_close_ int mark = openat(container_dir, STOPPED_FILE,
					  O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	/* On a full disk a waiting process cannot create its own file either. */
	(void)mark;
	return end_wait(container_dir, cancel_fd);
}

void restart_begin(int container_dir, const struct record *record)
{
	if (!restart_is_possible(record) && !health_is_checked(record))
		return;
	(void)end_wait(container_dir, -1);
	(void)unlinkat(container_dir, STOPPED_FILE, 0); /* most were not stopped */
}

static pid_t read_pid(int fd)
{
	char text[PID_TEXT_SIZE] = "";
	uint32_t pid;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 && str_to_uint32(text, &pid) == 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

int restart_waiter(int container_dir)
{
	_cleanup_close_ int fd = openat(container_dir, RESTARTING_FILE,
					O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	pid_t pid = fd < 0 ? 0 : read_pid(fd);
	_cleanup_close_ int pidfd = pid > 0 ? pidfd_new(pid) : -1;

	/* A process that holds the lock after it was opened is the one that has written its pid. */
	if (pidfd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return -ESRCH;
	return TAKE_FD(pidfd);
}

bool restart_is_waiting(int container_dir)
{
	_cleanup_close_ int waiter = restart_waiter(container_dir);

	return waiter >= 0 && !restart_is_stopped(container_dir);
}
