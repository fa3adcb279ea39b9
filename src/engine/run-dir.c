/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/name.h"

int run_dir_open(const struct masu_engine *e, const char *id)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "sockets/%s", id);
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!path)
		return -ENOMEM;
	return fd < 0 ? -errno : fd;
}

/* A start that was killed left a link; the data may have moved since. */
static int link_for_runtime(const struct masu_engine *e, const char *id)
{
	_cleanup_free_ char *target = paths_data(&e->paths, "containers/%s", id);
	_cleanup_free_ char *path = paths_run(&e->paths, "containers/%s", id);

	if (!target || !path)
		return -ENOMEM;
	if (symlink(target, path) == 0)
		return 0;
	if (errno != EEXIST || unlink(path) < 0 || symlink(target, path) < 0)
		return -errno;
	return 0;
}

int run_dir_create(const struct masu_engine *e, const char *id, char **ret_path,
		   struct masu_error *err)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "sockets/%s", id);
	int r = !path ? -ENOMEM : mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;

	if (r == 0)
		r = link_for_runtime(e, id);
	int fd = r == 0 ? run_dir_open(e, id) : r;
	if (fd < 0)
		return err_sys(err, fd, "create the run-time directory of container %.*s",
			       ID_SHORT_LENGTH, id);
	*ret_path = TAKE_PTR(path);
	return fd;
}

void run_dir_remove(const struct masu_engine *e, const char *id)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "sockets/%s", id);
	_cleanup_free_ char *link = paths_run(&e->paths, "containers/%s", id);

	/* By the link the next sweep finds the directory, and tries again. */
	if (path && link && file_remove_tree(AT_FDCWD, path) == 0)
		(void)unlink(link);
}
