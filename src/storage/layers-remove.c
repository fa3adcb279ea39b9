/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layers-remove.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/userns.h"
#include "storage/paths.h"

/*
 * A layer is first renamed, which makes it vanish at once and whole, and then removed as root of
 * the user namespace that its files belong to. Everything to be removed is collected in the trash
 * and goes in one such child, since making the namespace costs more than most layers.
 */

struct removal {
	int dirfd;
	char **names;
};

/* A userns_fn. Goes on past what can't be removed. */
static int remove_names(void *arg, struct err *err)
{
	const struct removal *removal = arg;
	struct rlimit files;
	int first = 0;

	/* One descriptor is open for each level of directories. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files); /* the old limit serves ordinary trees */
	}
	STRV_FOREACH(name, removal->names) {
		int r = file_remove_tree(removal->dirfd, *name);

		if (r < 0 && first == 0)
			first = err_sys(err, r, "remove '%s' of the layers", *name);
	}
	return first;
}

/* 1 when it was renamed, 0 when it isn't there. */
static int to_trash(int dirfd, const char *name, char ***trash)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	int r = strv_pushf(trash, LAYERS_TRASH_PREFIX "%016" PRIx64, random);
	if (r < 0)
		return r;
	if (renameat(dirfd, name, dirfd, (*trash)[strv_length(*trash) - 1]) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int remove_trash(int dirfd, const struct idmap *map, char **trash, struct err *err)
{
	struct removal removal = {.dirfd = dirfd, .names = trash};

	if (strv_length(trash) == 0)
		return 0;
	return map->userns ? userns_run(map, 0, remove_names, &removal, err)
			   : remove_names(&removal, err);
}

int layers_remove_name(int dirfd, const struct idmap *map, const char *name, struct err *err)
{
	_cleanup_strv_ char **trash = NULL;
	int r = to_trash(dirfd, name, &trash);

	if (r < 0)
		return err_sys(err, r, "remove '%s' of the layers", name);
	return r == 0 ? 0 : remove_trash(dirfd, map, trash, err);
}

int layers_remove(const struct paths *paths, const struct idmap *map, const char *chain_hex,
		  struct err *err)
{
	if (!layers_is_hex(chain_hex))
		return err_set(err, ERR_INVALID, EINVAL, "malformed digest '%s'", chain_hex);
	_cleanup_close_ int dirfd = layers_open(paths, err);
	return dirfd < 0 ? dirfd : layers_remove_name(dirfd, map, chain_hex, err);
}

/* The names in a directory that `wanted` says yes to. */
static int list(int dirfd, bool (*wanted)(const char *name, void *arg), void *arg, char ***ret)
{
	_cleanup_strv_ char **names = NULL;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		int r = -errno;

		fd_close(&fd);
		return r;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (wanted(e->d_name, arg) && strv_push(&names, e->d_name) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(names);
	return 0;
}

static bool is_trash(const char *name, void *arg)
{
	return str_after(name, LAYERS_TRASH_PREFIX) != NULL;
}

static bool is_staging(const char *name, void *arg)
{
	return str_after(name, LAYERS_STAGING_PREFIX) != NULL;
}

/*
 * A staging directory lies between the making and the removal of its lock file, so one whose lock is
 * free or missing belongs to nobody. A lock file that is being taken this moment may be free for an
 * instant: its maker notices that it has gone, and takes another name.
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
		return 0; /* no name of ours */
	_cleanup_close_ int lock = openat(dirfd, lock_file,
					  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (lock < 0 && errno != ENOENT)
		return -errno;
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	int r = to_trash(dirfd, dir, trash);
	if (r >= 0 && unlinkat(dirfd, lock_file, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static int sweep(int dirfd, const struct idmap *map, struct err *err)
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
	return remove_trash(dirfd, map, trash, err);
}

int layers_sweep(const struct paths *paths, const struct idmap *map, struct err *err)
{
	_cleanup_close_ int dirfd = layers_open(paths, err);

	return dirfd < 0 ? dirfd : sweep(dirfd, map, err);
}

static bool is_other_hex(const char *name, void *arg)
{
	return layers_is_hex(name) && !strv_contains(arg, name);
}

/* Removes the stacks of images that are gone, and lists the layers of those that stay. */
static int live_layers(const struct paths *paths, char *const *live_configs, char ***live,
		       struct err *err)
{
	_cleanup_free_ char *dir = paths_data(paths, "stacks");
	_cleanup_strv_ char **dead = NULL;
	_cleanup_close_ int stacks = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (stacks < 0)
		return dir && errno == ENOENT ? 0 : err_sys(err, errno, "open the stacks");
	int r = list(stacks, is_other_hex, (void *)live_configs, &dead);
	if (r < 0)
		return err_sys(err, r, "read the stacks");
	STRV_FOREACH(hex, dead)
		if (unlinkat(stacks, *hex, 0) < 0 && errno != ENOENT)
			return err_sys(err, errno, "forget the layers of image %.12s", *hex);
	STRV_FOREACH(hex, live_configs) {
		_cleanup_strv_ char **hexes = NULL;
		_cleanup_err_ struct err why = ERR_INIT;

		r = layers_stack_read(paths, *hex, &hexes, &why);
		if (r == -ENOENT)
			continue; /* not unpacked: it keeps no layer */
		if (r < 0)
			return err_move(err, &why);
		if (strv_extend(live, hexes) < 0)
			return err_sys(err, ENOMEM, "read the stacks");
	}
	return 0;
}

int layers_gc(const struct paths *paths, const struct idmap *map, char *const *live_configs,
	      char *const *live_chains, struct err *err)
{
	_cleanup_strv_ char **live = strv_copy(live_chains), **dead = NULL, **trash = NULL;
	_cleanup_close_ int dirfd = layers_open(paths, err);

	if (dirfd < 0)
		return dirfd;
	if (!live)
		return err_sys(err, ENOMEM, "clean up the layers");
	int r = live_layers(paths, live_configs, &live, err);
	if (r < 0)
		return r;
	r = list(dirfd, is_other_hex, live, &dead);
	STRV_FOREACH(hex, dead)
		if (r >= 0)
			r = to_trash(dirfd, *hex, &trash);
	if (r < 0)
		return err_sys(err, r, "remove unused layers");
	return sweep(dirfd, map, err);
}
