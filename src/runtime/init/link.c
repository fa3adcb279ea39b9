/* SPDX-License-Identifier: Apache-2.0 */

/* A link to a program of the host that is mounted in the container's /dev. Nothing is mounted yet: see accounts.c. */

#include "runtime/init/init.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"

int init_add_link(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;
	const char *path = plan->link_path;

	if (!plan->overlay || !path)
		return 0;
	const char *name = path_last(path);
	_cleanup_free_ char *dir = strndup(path, (size_t)(name - path));
	if (!dir)
		return err_oom(err);
	_cleanup_close_ int fd = path_mkdir_in(init->root_fd, dir, 0755);
	/* The container works without it, and the image's file stays. */
	if (fd >= 0)
		(void)!symlinkat(plan->link_target, fd, name);
	return 0;
}
