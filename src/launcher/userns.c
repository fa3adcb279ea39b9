/* SPDX-License-Identifier: Apache-2.0 */

/* The functions of engine/launcher.h that need the user namespace of containers, by a child of this process. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/tree.h"
#include "engine/launcher.h"
#include "linux/userns.h"
#include "runtime/holder.h"
#include "storage/overlay.h"

/* A child with power over all ids of the caller's. */
static int run_with_ids(const struct masu_engine *e, userns_fn fn, void *arg,
			struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	int r = holder_spawn(&e->idmap, 0, fn, arg, &child, err);

	return r < 0 ? r : userns_wait(&child, err);
}

struct removal {
	int dirfd;
	char *const *names;
};

static int remove_fn(void *arg, struct masu_error *err)
{
	const struct removal *removal = arg;
	int first = 0;

	STRV_FOREACH(name, removal->names) {
		int r = file_remove_tree(removal->dirfd, *name);

		/* Another process may be removing it, too. */
		while (r == -ENOENT &&
		       faccessat(removal->dirfd, *name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			r = file_remove_tree(removal->dirfd, *name);
		if (r < 0 && r != -ENOENT && first == 0)
			first = err_sys(err, r, "cannot remove the files of \"%s\"", *name);
	}
	return first;
}

int launcher_remove_trees(struct masu_engine *e, const char *dir, char *const *names,
			  struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "%s", dir);
	_cleanup_close_ int dirfd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct removal removal = {.dirfd = dirfd, .names = names};

	if (dirfd < 0)
		return err_sys(err, path ? errno : ENOMEM, "cannot open the directory \"%s\"", dir);
	int r = engine_load_idmap(e, err);
	return r < 0 ? r : run_with_ids(e, remove_fn, &removal, err);
}

struct measure {
	int dirfd, fd;
	char *const *paths;
};

static int measure_fn(void *arg, struct masu_error *err)
{
	const struct measure *m = arg;

	STRV_FOREACH(path, m->paths) {
		uint64_t bytes = 0;
		int r = tree_size(m->dirfd, *path, &bytes);

		if (r == 0 || r == -ENOENT)
			r = fd_write_full(m->fd, &bytes, sizeof(bytes));
		if (r < 0)
			return err_sys(err, r, "cannot measure the files of \"%s\"", *path);
	}
	return 0;
}

int launcher_measure_trees(struct masu_engine *e, char *const *paths, int fd,
			   struct masu_error *err)
{
	_cleanup_close_ int dirfd = open(e->paths.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct measure measure = {.dirfd = dirfd, .fd = fd, .paths = paths};

	if (dirfd < 0)
		return err_sys(err, errno, "cannot open the directory \"%s\"", e->paths.data);
	int r = engine_load_idmap(e, err);
	return r < 0 ? r : run_with_ids(e, measure_fn, &measure, err);
}

struct probe {
	struct overlay overlay;
	char *target;
};

static int mount_probe(void *arg, struct masu_error *err)
{
	const struct probe *p = arg;

	/* Root's new mount namespace propagates its mounts to the host's. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, errno, "cannot make '/' private for an attempt");
	return overlay_mount(&p->overlay, p->target, err);
}

int launcher_probe_overlay(struct masu_engine *e, const char *dir, struct masu_error *err)
{
	_cleanup_free_ char *upper = path_join(dir, "upper"), *work = path_join(dir, "work"),
			    *root = path_join(dir, "root");
	char *lowers[] = {(char *)"lower", NULL};
	struct probe p = {.overlay = {.layers_dir = (char *)dir,
				      .lowers = lowers,
				      .upper = upper,
				      .work = work},
			  .target = root};

	if (!upper || !work || !root)
		return err_oom(err);
	int r = engine_load_idmap(e, err);
	return r < 0 ? r : userns_run(&e->idmap, CLONE_NEWNS, mount_probe, &p, err);
}
