/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroup v2 allows it in one order only: a group may hold no processes of its own once it gives
 * controllers to groups below it. So the groups are made, all processes leave the scope's own group,
 * and then the controllers are given.
 */
#include "cgroup/divide.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/manager.h"
#include "cgroup/own.h"
#include "cgroup/walk.h"

#define MOVE_ROUNDS_MAX 100
#define DELEGATE_LIST	"/sys/kernel/cgroup/delegate"
#define DELEGATE_MAX	4096

static int make_group(const struct cgroup *cg, const char *name, int *ret_fd,
		      struct masu_error *err)
{
	*ret_fd = own_make_child(cg->scope_fd, name);
	if (*ret_fd < 0)
		return err_sys(err, *ret_fd, "make the cgroup '%s/%s'", cg->path, name);
	return 0;
}

static int move(const struct cgroup *cg, int group, pid_t pid, struct masu_error *err)
{
	int r = cgroup_move(group, pid);

	/* A helper may be gone by now; for init it shows soon enough. */
	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "move process %d within the cgroup '%s'", (int)pid,
			       cg->path);
	return 0;
}

/* Helpers that fork meanwhile leave children in the scope's own group: until none is left. */
static int empty_scope(const struct cgroup *cg, pid_t init, struct masu_error *err)
{
	int others = cg->monitor_fd >= 0 ? cg->monitor_fd : cg->container_fd;

	for (int round = 0; round < MOVE_ROUNDS_MAX; round++) {
		_cleanup_free_ pid_t *pids = NULL;
		size_t n;
		int r = walk_own_pids(cg->scope_fd, &pids, &n);

		if (r < 0)
			return err_sys(err, r, "list the processes in '%s'", cg->path);
		if (n == 0)
			return 0;
		for (size_t i = 0; i < n; i++) {
			r = move(cg, pids[i] == init ? cg->container_fd : others, pids[i], err);
			if (r < 0)
				return r;
		}
	}
	return err_set(err, ERR_INTERNAL, EBUSY, "processes keep appearing in '%s'", cg->path);
}

int divide_scope(struct cgroup *cg, unsigned useful, pid_t init, struct masu_error *err)
{
	int r = cg->flags & CGROUP_SPLIT ? make_group(cg, "monitor", &cg->monitor_fd, err) : 0;

	if (r < 0)
		return r;
	r = make_group(cg, cg->sub ? cg->sub : "container", &cg->container_fd, err);
	if (r < 0)
		return r;
	r = empty_scope(cg, init, err);
	if (r < 0)
		return r;
	own_enable_controllers(cg->scope_fd, useful);
	return 0;
}

int divide_give(const struct cgroup *cg, uid_t owner, struct masu_error *err)
{
	static const char before[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	_cleanup_free_ char *list = NULL;
	_cleanup_strv_ char **files = NULL;

	if (cg->container_fd < 0 || cg->n_v1)
		return 0; /* on v1 nothing of it would be safe to give away */
	(void)file_read(AT_FDCWD, DELEGATE_LIST, DELEGATE_MAX, &list, NULL); /* since Linux 4.15 */
	files = strv_split(list ? list : before, "\n");
	if (!files)
		return err_sys(err, ENOMEM, "give away the cgroup '%s'", cg->path);
	if (fchownat(cg->container_fd, "", owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_sys(err, errno, "give the cgroup '%s' to user %u", cg->path, owner);
	STRV_FOREACH(file, files)
		if (**file && fchownat(cg->container_fd, *file, owner, (gid_t)-1, 0) < 0 &&
		    errno != ENOENT)
			return err_sys(err, errno, "give '%s' of the cgroup '%s' to user %u", *file,
				       cg->path, owner);
	return 0;
}

int cgroup_delegate(const struct cgroup *cg, const struct cgroup_plan *plan, pid_t init,
		    struct masu_error *err)
{
	if (!plan->delegate || cg->container_fd < 0)
		return 0;
	if (cg->n_v1)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the cgroup '%s' can't be delegated safely on cgroup v1",
			       plan->delegate);
	_cleanup_close_ int group = own_make_child(cg->container_fd, plan->delegate);
	int r = group < 0 ? group : cgroup_move(group, init);
	if (r < 0)
		return err_sys(err, r, "move init to the cgroup '%s' of '%s'", plan->delegate,
			       cg->path);
	if (plan->has_owner && fchownat(group, "", plan->owner, (gid_t)-1, AT_EMPTY_PATH) < 0)
		return err_sys(err, errno, "give the cgroup '%s' away", plan->delegate);
	return 0;
}
