/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's cgroup is held by descriptors, so that another group of the same name is never mistaken for
 * it: files of a removed group answer ENOENT or ENODEV, which means "no processes" everywhere here. The
 * container shapes the inside of its group (the root of its cgroup namespace), so walks are loops with
 * bounds, never recursion.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/group.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"
#include "cgroup/walk.h"

static int open_group(int fd, const char *path)
{
	return path_open_in(fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			    PATH_BENEATH | PATH_NO_SYMLINKS);
}

const char *cgroup_container_group(const struct cgroup *cg)
{
	if (cg->sub)
		return cg->sub;
	return cg->flags & CGROUP_SPLIT ? "container" : "";
}

static int open_groups(struct cgroup *cg)
{
	_cleanup_close_ int root = cgroup_open_root();

	if (root < 0)
		return root;
	cg->scope_fd = open_group(root, cg->path + strspn(cg->path, "/"));
	if (cg->scope_fd < 0)
		return cg->scope_fd;
	cg->container_fd = open_group(cg->scope_fd, cgroup_container_group(cg));
	if (cg->container_fd < 0 || !(cg->flags & CGROUP_SPLIT))
		return MIN(cg->container_fd, 0);
	cg->monitor_fd = open_group(cg->scope_fd, "monitor");
	/* The last monitor may have removed its group. */
	return cgroup_is_gone(cg->monitor_fd) ? 0 : MIN(cg->monitor_fd, 0);
}

/* "PATH" or "PATH/./NAME". */
static int open_v2(struct cgroup *cg, const char *record)
{
	const char *mark = strstr(record, CGROUP_SUB_MARK);

	cg->path = mark ? strndup(record, (size_t)(mark - record)) : strdup(record);
	cg->sub = mark ? strdup(mark + strlen(CGROUP_SUB_MARK)) : NULL;
	if (!cg->path || (mark && !cg->sub))
		return -ENOMEM;
	return open_groups(cg);
}

/* A line of a record with v1: "HIERARCHY:PATH", and ":PATH" for v2. */
static int open_line(struct cgroup *cg, char *line)
{
	char *path = strchr(line, ':');

	if (!path)
		return *line ? -EBADMSG : 0;
	*path++ = 0;
	int r = *line ? v1_open(cg, line, path) : open_v2(cg, path);
	return cgroup_is_gone(r) ? 0 : r;
}

static int open_v1(struct cgroup *cg, const char *record)
{
	_cleanup_strv_ char **lines = strv_split(record, "\n");

	if (!lines)
		return -ENOMEM;
	STRV_FOREACH(line, lines) {
		int r = open_line(cg, *line);
		if (r < 0)
			return r;
	}
	if (!cg->n_v1)
		return cg->scope_fd < 0 ? -ENOENT : 0;
	cg->ops = &cgroup_v1_ops;
	if (!cg->path)
		cg->path = strdup(cg->v1[0].path);
	return cg->path ? 0 : -ENOMEM;
}

int cgroup_open(const char *record, enum cgroup_flags flags, struct cgroup **ret,
		struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = cgroup_new(&cgroup_v2_ops);

	if (!cg || !(cg->record = strdup(record)))
		return err_oom(err);
	cg->flags = flags;
	int r = *record == '/' ? open_v2(cg, record) : open_v1(cg, record);
	if (r < 0)
		return err_sys(err, r, "open the cgroup '%.*s'", (int)strcspn(record, "\n"),
			       record);
	*ret = TAKE_PTR(cg);
	return 0;
}

static bool exists(int group)
{
	return group >= 0 && faccessat(group, "cgroup.procs", F_OK, 0) == 0;
}

bool cgroup_exists(const struct cgroup *cg)
{
	bool found = exists(cg->container_fd);

	for (size_t i = 0; i < cg->n_v1; i++)
		found |= exists(cg->v1[i].fd);
	return found;
}

int cgroup_move_monitor(const struct cgroup *cg, pid_t pid, struct masu_error *err)
{
	if (cg->monitor_fd < 0)
		return 0;
	int r = cgroup_move(cg->monitor_fd, pid);
	if (r < 0)
		return err_sys(err, r, "move process %d to the cgroup '%s/monitor'", (int)pid,
			       cg->path);
	return 0;
}

int cgroup_is_frozen(const struct cgroup *cg)
{
	return cg->ops->is_frozen(cg);
}

int cgroup_freezer_path(const struct cgroup *cg, char **ret)
{
	char link[FD_PATH_MAX], path[PATH_MAX];
	int fd = cg->ops->freezer(cg);

	*ret = NULL;
	if (fd < 0)
		return 0;
	ssize_t n = readlink(fd_path(fd, link), path, sizeof(path));
	if (n < 0 || (size_t)n == sizeof(path))
		return n < 0 ? -errno : -ENAMETOOLONG;
	*ret = strndup(path, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct masu_error *err)
{
	const char *what = frozen ? "freeze" : "thaw";
	int r = cg->ops->holder(cg) < 0 ? -ENOTSUP : cg->ops->freeze(cg, frozen, timeout_ms);

	if (r == -ENOTSUP)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: the container has no cgroup of its own that can do that", what);
	return r < 0 ? err_sys(err, r, "%s '%s'", what, cg->path) : 0;
}

int cgroup_is_populated(const struct cgroup *cg)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	if (cg->container_fd >= 0)
		return v2_event(cg->container_fd, "populated");
	int r = cgroup_pids(cg, &pids, &n, NULL);
	return r < 0 ? r : n > 0;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct masu_error *err)
{
	int holder = cg->ops->holder(cg);
	int r = holder < 0 ? -ENOENT : walk_pids(holder, ret, ret_n);

	if (cgroup_is_gone(r)) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	return r < 0 ? err_sys(err, r, "list the processes in '%s'", cg->path) : 0;
}

int cgroup_oom_kills(const struct cgroup *cg, uint64_t *ret)
{
	return cg->ops->oom_kills(cg, ret);
}

int cgroup_memory_fd(const struct cgroup *cg)
{
	int v1 = cgroup_fd_v1(cg, "memory");

	return v1 >= 0 ? v1 : cg->container_fd;
}

int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret, struct masu_error *err)
{
	return cg->ops->stats(cg, ret, err);
}

bool cgroup_remove_empty(const char *record, enum cgroup_flags flags)
{
	_cleanup_close_ int root = -1;

	if (*record != '/' || strstr(record, CGROUP_SUB_MARK) || !(flags & CGROUP_OWN))
		return false;
	root = cgroup_open_root();
	return root >= 0 && unlinkat(root, record + strspn(record, "/"), AT_REMOVEDIR) == 0;
}

int cgroup_remove(const struct cgroup *cg, struct masu_error *err)
{
	int r = cg->ops->remove(cg);

	return r < 0 ? err_sys(err, r, "remove the cgroup '%s'", cg->path) : 0;
}
