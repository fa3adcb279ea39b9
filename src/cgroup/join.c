/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/join.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/hierarchies.h"
#include "cgroup/v1.h"

/* What is below is the container's to shape: no links, and nothing outside. */
static int open_below(int fd, const char *path)
{
	path += strspn(path, "/");
	return path_open_in(fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			    PATH_BENEATH | PATH_NO_SYMLINKS);
}

int cgroup_open_present(pid_t pid, enum cgroup_flags flags, struct cgroup **ret, struct err *err)
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

int cgroup_open_join(const struct cgroup *cg, char *const *subs, int *ret, struct err *err)
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

int cgroup_open_beside(const struct cgroup *cg, pid_t pid, int *ret, struct err *err)
{
	_cleanup_free_ char *path = NULL;
	int r = cgroup_path_of(pid, &path);
	const char *below = r == 0 ? str_after(path, cg->path) : NULL;

	if (r == 0 && (!below || (*below && *below != '/')))
		r = -EXDEV; /* it has left the container's group */
	if (r == 0)
		r = open_below(cg->scope_fd, below);
	if (r < 0)
		return err_sys(err, r, "open the cgroup of process %d", (int)pid);
	*ret = r;
	return 0;
}

int cgroup_join_v1(const struct cgroup *cg, char *const *subs, struct err *err)
{
	int r = v1_enter(cg, 0, err); /* 0: the writer itself */

	STRV_FOREACH(sub, cg->n_v1 ? subs : NULL)
		if (r == 0)
			r = v1_enter_below(cg, *sub, 0, err);
	return r;
}
