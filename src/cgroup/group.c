/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/group.h"

#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/detect.h"

struct cgroup *cgroup_new(const struct cgroup_ops *ops)
{
	struct cgroup *cg = calloc(1, sizeof(*cg));

	if (!cg)
		return NULL;
	cg->ops = ops;
	cg->scope_fd = cg->container_fd = cg->monitor_fd = -1;
	return cg;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	closep(&cg->scope_fd);
	closep(&cg->container_fd);
	closep(&cg->monitor_fd);
	for (size_t i = 0; i < cg->n_v1; i++) {
		free(cg->v1[i].names);
		free(cg->v1[i].path);
		closep(&cg->v1[i].fd);
	}
	free(cg->v1);
	free(cg->path);
	free(cg->sub);
	free(cg->record);
	free(cg);
}

int cgroup_make_record(struct cgroup *cg)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < cg->n_v1; i++)
		if (strbuf_addf(&b, "%s:%s\n", cg->v1[i].names, cg->v1[i].path) < 0)
			return -ENOMEM;
	if (cg->path && strbuf_addf(&b, "%s%s%s%s", cg->n_v1 ? ":" : "", cg->path,
				    cg->sub ? CGROUP_SUB_MARK : "", cg->sub ? cg->sub : "") < 0)
		return -ENOMEM;
	free(cg->record);
	cg->record = strbuf_take(&b);
	return cg->record ? 0 : -ENOMEM;
}

struct cgroup_group *cgroup_find_v1(const struct cgroup *cg, const char *controller)
{
	for (size_t i = 0; i < cg->n_v1; i++)
		if (hierarchy_has(cg->v1[i].names, controller))
			return &cg->v1[i];
	return NULL;
}

int cgroup_fd_v1(const struct cgroup *cg, const char *controller)
{
	const struct cgroup_group *group = cgroup_find_v1(cg, controller);

	return group ? group->fd : -1;
}

int cgroup_limits_group(const struct cgroup *cg)
{
	return cg->sub ? cg->scope_fd : cg->container_fd;
}

bool cgroup_is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

int cgroup_move(int cgroup_fd, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return file_write_value(cgroup_fd, "cgroup.procs", text);
}
