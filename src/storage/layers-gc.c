/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layers-gc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/layers.h"
#include "storage/paths.h"

/* Lists the names in a directory that `wanted` accepts. */
static int list(int dirfd, bool (*wanted)(const char *name, void *arg), void *arg, char ***ret)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");

	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));)
		if (wanted(e->d_name, arg) && strv_push(&names, e->d_name) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(names);
	return 0;
}

static bool is_trash(const char *name, void *arg)
{
	return str_after(name, TRASH_PREFIX) != NULL;
}

static bool is_staging(const char *name, void *arg)
{
	return str_after(name, LAYERS_STAGING_PREFIX) != NULL;
}

/*
 * The lock file of a staging directory is created before it and removed after it, so a directory whose lock is free
 * or missing is a leftover. A lock file that is just being created may be free for an instant: its creator notices that
 * it has gone, and takes another name.
 */
static int trash_stale(int dirfd, const char *name, char ***trash)
{
	char lock_file[NAME_MAX + 1], dir[NAME_MAX + 1];
	size_t n = strlen(name);

	(void)snprintf(dir, sizeof(dir), "%s", name);
	if (str_has_suffix(name, LAYERS_LOCK_SUFFIX))
		dir[n - strlen(LAYERS_LOCK_SUFFIX)] = 0;
	if (snprintf(lock_file, sizeof(lock_file), "%s" LAYERS_LOCK_SUFFIX, dir) >=
	    (int)sizeof(lock_file))
		return 0; /* layers_stage() makes no such name */
	_cleanup_close_ int lock = openat(dirfd, lock_file,
					  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (lock < 0 && errno != ENOENT)
		return -errno;
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	int r = trash_add(dirfd, dir, trash);
	if (r >= 0 && unlinkat(dirfd, lock_file, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static bool is_layers_dir(const char *name, void *arg)
{
	return streq(name, LAYERS_DIR) || str_after(name, LAYERS_DIR "-");
}

int layers_list_dirs(const struct paths *paths, char ***ret)
{
	_cleanup_close_ int data = open(paths->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return data < 0 ? -errno : list(data, is_layers_dir, NULL, ret);
}

/* Calls `fn` for the directory of each map, up to the first failure. */
static int for_each_map(const struct paths *paths,
			int (*fn)(int dirfd, const void *arg, struct masu_error *err),
			const void *arg, struct masu_error *err)
{
	_cleanup_strv_ char **dirs = NULL;
	int r = layers_list_dirs(paths, &dirs);

	if (r < 0)
		return err_sys(err, r, "list '%s'", paths->data);
	STRV_FOREACH(dir, dirs) {
		_cleanup_close_ int fd = layers_open_dir(paths, *dir, err);

		r = fd < 0 ? fd : fn(fd, arg, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of for_each_map(). All ids of a map are ids of the owner's default map, so root of that removes the files. */
static int sweep_dir(int dirfd, const void *map, struct masu_error *err)
{
	_cleanup_strv_ char **trash = NULL, **staging = NULL;
	int r = list(dirfd, is_staging, NULL, &staging);
	STRV_FOREACH(name, staging)
		if (r >= 0)
			r = trash_stale(dirfd, *name, &trash);
	strv_free(TAKE_PTR(trash));
	if (r >= 0)
		r = list(dirfd, is_trash, NULL, &trash);
	if (r < 0)
		return err_sys(err, r, "clean up the layers");
	return trash_remove(dirfd, map, trash, err);
}

int layers_sweep(const struct paths *paths, const struct idmap *map, struct masu_error *err)
{
	return for_each_map(paths, sweep_dir, map, err);
}

static bool is_other_hex(const char *name, void *arg)
{
	return layers_is_hex(name) && !strv_contains(arg, name);
}

/* Removes the stacks of removed images, and lists the layers of the others. */
static int live_layers(const struct paths *paths, char *const *live_configs, char ***live,
		       struct masu_error *err)
{
	_cleanup_free_ char *dir = paths_data(paths, "stacks");
	_cleanup_strv_ char **dead = NULL;
	_cleanup_close_ int stacks = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (stacks < 0)
		return dir && errno == ENOENT ? 0 : err_sys(err, errno, "open the stacks");
	(void)file_remove_temporary(stacks); /* of pulls that were killed: none works now */
	int r = list(stacks, is_other_hex, (void *)live_configs, &dead);
	if (r < 0)
		return err_sys(err, r, "read the stacks");
	STRV_FOREACH(hex, dead)
		if (unlinkat(stacks, *hex, 0) < 0 && errno != ENOENT)
			return err_sys(err, errno, "remove the stack of image %.12s", *hex);
	STRV_FOREACH(hex, live_configs) {
		_cleanup_strv_ char **hexes = NULL;
		_cleanup_err_ struct masu_error why = ERR_INIT;

		r = stack_list(paths, *hex, &hexes, &why);
		if (r == -ENOENT)
			continue; /* not unpacked: it needs no layer */
		if (r < 0)
			return err_move(err, &why);
		if (strv_extend(live, hexes) < 0)
			return err_oom(err);
	}
	return 0;
}

/* Of for_each_map(). */
static int trash_dead(int dirfd, const void *live, struct masu_error *err)
{
	_cleanup_strv_ char **dead = NULL, **trash = NULL;
	int r = list(dirfd, is_other_hex, (void *)live, &dead);

	STRV_FOREACH(hex, dead)
		if (r >= 0)
			r = trash_add(dirfd, *hex, &trash);
	return r < 0 ? err_sys(err, r, "remove unused layers") : 0;
}

int layers_gc(const struct paths *paths, const struct idmap *map, char *const *live_configs,
	      char *const *live_chains, struct masu_error *err)
{
	_cleanup_strv_ char **live = strv_copy(live_chains);

	if (!live)
		return err_oom(err);
	int r = live_layers(paths, live_configs, &live, err);
	if (r < 0)
		return r;
	r = for_each_map(paths, trash_dead, live, err);
	return r < 0 ? r : layers_sweep(paths, map, err);
}
