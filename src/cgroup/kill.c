/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pid that was read from a group may belong to another process at the time of the signal. So masu opens
 * pidfds first and reads the group once more: a process that is still listed is the one that the pidfd
 * holds. It does so for many processes at once, as each reading takes time in proportion to the group.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/pidfd.h"
#include "cgroup/group.h"

#define HELD_MAX	128
#define KILL_ROUNDS_MAX 1000

static int compare_pids(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int signal_one(int pidfd, pid_t pid, int signal, struct masu_error *err)
{
	int r = pidfd < 0 ? pidfd : pidfd_kill(pidfd, signal);

	if (r == 0 || r == -ESRCH)
		return 0;
	return err_sys(err, r, "send signal %d to process %d", signal, (int)pid);
}

/* At most HELD_MAX of them. */
static int signal_members(const struct cgroup *cg, const pid_t *pids, size_t n, int signal,
			  struct masu_error *err)
{
	_cleanup_free_ pid_t *members = NULL;
	size_t n_members = 0;
	int held[HELD_MAX];

	for (size_t i = 0; i < n; i++)
		held[i] = pidfd_new(pids[i]);
	int r = cgroup_pids(cg, &members, &n_members, err);
	if (n_members > 0)
		qsort(members, n_members, sizeof(*members), compare_pids);
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && n_members > 0 &&
		    bsearch(&pids[i], members, n_members, sizeof(*members), compare_pids))
			r = signal_one(held[i], pids[i], signal, err);
		fd_close(&held[i]);
	}
	return r;
}

int cgroup_signal(const struct cgroup *cg, int signal, struct masu_error *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_pids(cg, &pids, &n, err);

	for (size_t i = 0; r == 0 && i < n; i += HELD_MAX)
		r = signal_members(cg, pids + i, MIN(n - i, HELD_MAX), signal, err);
	return r;
}

/* Before Linux 5.14: again and again, as they may fork between the reading and the kill. */
static int kill_each(const struct cgroup *cg, struct masu_error *err)
{
	for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
		int r = cgroup_is_populated(cg);
		if (r <= 0)
			return r < 0 ? err_sys(err, r, "read the events of '%s'", cg->path) : 0;
		r = cgroup_signal(cg, SIGKILL, err);
		if (r < 0)
			return r;
		(void)poll(NULL, 0, 1);
	}
	return err_set(err, ERR_INTERNAL, EBUSY, "processes in '%s' survive SIGKILL", cg->path);
}

void cgroup_let_die(const struct cgroup *cg)
{
	if (cg->ops->let_die)
		cg->ops->let_die(cg);
}

int cgroup_kill(const struct cgroup *cg, struct masu_error *err)
{
	if (cg->ops->holder(cg) < 0)
		return 0;
	if (cg->ops->let_die && cgroup_is_frozen(cg) > 0) {
		/* Killed first, so that nothing runs after it is thawed. */
		(void)cgroup_signal(cg, SIGKILL, NULL);
		cgroup_let_die(cg);
	}
	int r = cg->container_fd < 0 ? -ENOENT
				     : file_write_value(cg->container_fd, "cgroup.kill", "1");
	if (r == -ENODEV)
		return 0;
	if (r == -ENOENT)
		return kill_each(cg, err);
	return r < 0 ? err_sys(err, r, "kill the processes in '%s'", cg->path) : 0;
}
