/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/join.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "cgroup/detect.h"
#include "cgroup/ops.h"
#include "systemd/scope.h"

#define ATTACH_TIMEOUT_MS 30000

/* The container shapes the groups below: no links are followed, and none leads out. */
static int open_below(int fd, const char *path)
{
	path += strspn(path, "/");
	return path_open_in(fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			    PATH_BENEATH | PATH_NO_SYMLINKS);
}

int cgroup_open_present(pid_t pid, enum cgroup_flags flags, struct cgroup **ret,
			struct masu_error *err)
{
	_cleanup_hierarchies_ struct hierarchies all = {0};
	_cleanup_strbuf_ struct strbuf record = STRBUF_INIT;
	int r = hierarchies_of(pid, &all);

	for (size_t i = 0; r == 0 && i < all.n; i++)
		r = strbuf_addf(&record, "%s:%s\n", all.item[i].names, all.item[i].path);
	if (r < 0 || !record.length)
		return err_sys(err, r < 0 ? r : -ENOENT, "find the cgroup of process %d", (int)pid);
	flags &= ~(unsigned int)CGROUP_SPLIT;
	return cgroup_open(record.text, flags, ret, err);
}

int cgroup_open_join(const struct cgroup *cg, char *const *subs, int *ret, struct masu_error *err)
{
	/* With v1 they are groups of that. */
	const char *sub = subs && !cg->n_v1 ? subs[0] : NULL;
	int fd = -1;

	if (sub && subs[1])
		return err_set(err, ERR_INVALID, EINVAL,
			       "--cgroup '%s': cgroup v2 has but one hierarchy, and '%s' is given",
			       subs[1], sub);
	if (cg->container_fd >= 0) {
		fd = open_below(cg->container_fd, sub ? sub : "");
		if (fd < 0)
			return err_sys(err, fd, "open the cgroup '%s%s%s'", cg->path,
				       sub ? "/" : "", sub ? sub : "");
	} else if (sub) {
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--cgroup '%s': the container has no cgroup of its own", sub);
	}
	*ret = fd;
	return 0;
}

/* Where a process is below the scope's group: "" or "/PATH". */
static int find_below(const struct cgroup *cg, pid_t pid, char **ret)
{
	_cleanup_free_ char *path = NULL;
	int r = cgroup_path_of(pid, &path);
	const char *below = r == 0 ? str_after(path, cg->path) : NULL;

	if (r < 0 || !below || (*below && *below != '/'))
		return r < 0 ? r : -EXDEV; /* it has left the container's group */
	*ret = strdup(below);
	return *ret ? 0 : -ENOMEM;
}

int cgroup_fetch(const struct cgroup *cg, char *const *subs, pid_t init, pid_t pid,
		 struct masu_error *err)
{
	const char *unit = path_last(cg->path), *group = cgroup_container_group(cg);
	const char *sub = subs ? subs[0] + strspn(subs[0], "/") : "";
	_cleanup_free_ char *there = NULL;
	_cleanup_free_ char *below = str_printf("%s%s%s%s", *group ? "/" : "", group,
						*sub ? "/" : "", sub);
	bool system = cg->flags & CGROUP_SYSTEM;

	if (!below)
		return err_oom(err);
	int r = scope_attach(system, unit, below, pid, ATTACH_TIMEOUT_MS, err);
	/* A group that the container has divided takes none, which systemd's error doesn't tell. */
	if (r < 0 && !subs && find_below(cg, init, &there) == 0 && !streq(there, below)) {
		free(below);
		below = TAKE_PTR(there);
		err_done(err);
		r = scope_attach(system, unit, below, pid, ATTACH_TIMEOUT_MS, err);
	}
	free(TAKE_PTR(there));
	if (r < 0)
		return r;
	r = find_below(cg, pid, &there);
	if (r < 0 || !streq(there, below))
		return err_set(err, ERR_UNAVAILABLE, EPERM,
			       "systemd did not move process %d to the cgroup '%s%s'", (int)pid,
			       cg->path, below);
	return 0;
}

int cgroup_open_beside(const struct cgroup *cg, pid_t pid, int *ret, struct masu_error *err)
{
	_cleanup_free_ char *below = NULL;
	int r = find_below(cg, pid, &below);

	r = r < 0 ? r : open_below(cg->scope_fd, below);
	if (r < 0)
		return err_sys(err, r, "open the cgroup of process %d", (int)pid);
	*ret = r;
	return 0;
}

int cgroup_join(const struct cgroup *cg, char *const *subs, struct masu_error *err)
{
	return cg->ops->join ? cg->ops->join(cg, subs, err) : 0;
}
