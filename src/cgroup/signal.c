/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pid that was read from a group may be another process's by the time of the signal. So processes
 * are held by pidfds first, and the group is read once more: whoever is held and still listed is
 * the one that is signalled. Both are done for many at once, as each reading costs as much as the
 * group is large.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/proc.h"
#include "cgroup/cgroup.h"

#define HELD_MAX 128

static int compare_pids(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int signal_one(int pidfd, pid_t pid, int signal, struct err *err)
{
	int r = pidfd < 0 ? pidfd : proc_pidfd_kill(pidfd, signal);

	if (r == 0 || r == -ESRCH)
		return 0;
	return err_sys(err, r, "send signal %d to process %d", signal, (int)pid);
}

/* At most HELD_MAX of them. */
static int signal_members(const struct cgroup *cg, const pid_t *pids, size_t n, int signal,
			  struct err *err)
{
	_cleanup_free_ pid_t *members = NULL;
	size_t n_members = 0;
	int held[HELD_MAX];

	for (size_t i = 0; i < n; i++)
		held[i] = proc_pidfd(pids[i]);
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

int cgroup_signal(const struct cgroup *cg, int signal, struct err *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroup_pids(cg, &pids, &n, err);

	for (size_t i = 0; r == 0 && i < n; i += HELD_MAX)
		r = signal_members(cg, pids + i, MIN(n - i, HELD_MAX), signal, err);
	return r;
}
