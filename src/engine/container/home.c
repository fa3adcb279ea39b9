/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "engine/container/health.h"
#include "engine/container/names.h"
#include "engine/container/restart.h"
#include "engine/launcher.h"
#include "engine/run-dir.h"
#include "runtime/state-dir.h"

#define TRASH_PREFIX  ".trash-"
#define DIR_MAX	      (sizeof(TRASH_PREFIX) + ID_LENGTH)
#define LOCK_PAUSE_MS 3

static const char *dir_name(const char *prefix, const char *id, char buffer[DIR_MAX])
{
	(void)snprintf(buffer, DIR_MAX, "%s%.*s", prefix, ID_LENGTH, id);
	return buffer;
}

static int open_dir(char *owned_path)
{
	_cleanup_free_ char *path = owned_path;
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!path)
		return -ENOMEM;
	return fd < 0 ? -errno : fd;
}

static int open_containers(const struct masu_engine *e)
{
	return open_dir(paths_data(&e->paths, "containers"));
}

void home_done(struct home *home)
{
	closep(&home->fd);
	*home = HOME_INIT;
}

static int make_held(int dirfd, struct home *ret)
{
	struct home home = HOME_INIT;
	char name[DIR_MAX];

	do {
		int r = id_new(home.id);

		if (r < 0)
			return r;
		home.fd = file_make_locked_dir(dirfd, dir_name(HOME_NEW_PREFIX, home.id, name));
	} while (home.fd == -ESTALE); /* a sweeper came first */
	if (home.fd < 0)
		return home.fd;
	home.held = true;
	int r = file_set_plain_mode(home.fd, 0700);
	if (r < 0)
		home_done(&home);
	else
		*ret = home;
	return r;
}

int home_check_name(const struct masu_engine *e, const char *name, struct masu_error *err)
{
	_cleanup_close_ int dirfd = open_containers(e);
	char holder[ID_LENGTH + 1];

	return dirfd >= 0 && names_find(dirfd, name, holder) == 0 ? names_in_use(name, holder, err)
								  : 0;
}

int home_move_name(const struct masu_engine *e, const struct home *home, const char *from,
		   const char *to, struct masu_error *err)
{
	_cleanup_close_ int dirfd = open_containers(e);

	if (dirfd < 0)
		return err_sys(err, dirfd, "open the directory of containers");
	return names_move(dirfd, from, to, home->id, err);
}

int home_make(const struct masu_engine *e, const char *name, struct home *ret, char **ret_name,
	      struct masu_error *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_close_ int dirfd = -1;
	char dir[DIR_MAX];
	int r;

	r = name ? name_check(name, "container", err) : 0;
	if (r < 0)
		return r;
	dirfd = open_containers(e);
	if (dirfd < 0)
		return err_sys(err, dirfd, "open the directory of containers");
	r = make_held(dirfd, &home);
	if (r < 0)
		return err_sys(err, r, "create a directory for the container");
	r = names_reserve(dirfd, name, home.id, ret_name, err);
	if (r < 0) {
		(void)unlinkat(dirfd, dir_name(HOME_NEW_PREFIX, home.id, dir), AT_REMOVEDIR);
		return r;
	}
	*ret = TAKE(home, HOME_INIT);
	return 0;
}

int home_publish(const struct masu_engine *e, const struct home *home, struct masu_error *err)
{
	_cleanup_close_ int dirfd = open_containers(e);
	char dir[DIR_MAX];

	if (dirfd < 0)
		return err_sys(err, dirfd, "open the directory of containers");
	if (renameat(dirfd, dir_name(HOME_NEW_PREFIX, home->id, dir), dirfd, home->id) < 0)
		return err_sys(err, errno, "record the container");
	return 0;
}

static int removed(const char *id, struct masu_error *err)
{
	return err_set(err, ERR_NOT_FOUND, ENOENT, "container %.*s has been removed",
		       ID_SHORT_LENGTH, id);
}

int home_removed(const struct home *home, struct masu_error *err)
{
	return removed(home->id, err);
}

int home_open(const struct masu_engine *e, const char *id, struct home *ret, struct masu_error *err)
{
	struct home home = HOME_INIT;

	home.fd = open_dir(paths_data(&e->paths, "containers/%s", id));
	if (home.fd == -ENOENT)
		return removed(id, err);
	if (home.fd < 0)
		return err_sys(err, home.fd, "open the directory of container %.*s",
			       ID_SHORT_LENGTH, id);
	memcpy(home.id, id, sizeof(home.id));
	*ret = home;
	return 0;
}

int home_hold(struct home *home, const struct masu_engine *e, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	_cleanup_close_ int dirfd = -1;

	while (flock(home->fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (time_monotonic_ms() >= deadline)
			return -EWOULDBLOCK;
		/* Locks can't be polled. */
		if (engine_await(e, -1, LOCK_PAUSE_MS, NULL) == -ECANCELED)
			return -ECANCELED;
	}
	home->held = true;
	dirfd = open_containers(e);
	if (dirfd < 0)
		return dirfd;
	return file_is_at(home->fd, dirfd, home->id) ? 0 : -ENOENT;
}

void home_release(struct home *home)
{
	(void)flock(home->fd, LOCK_UN); /* fails for an invalid descriptor alone */
	home->held = false;
}

static size_t for_temporary(const struct home *home, size_t (*fn)(int dirfd))
{
	_cleanup_close_ int record = -1, health = -1;

	if (file_count_temporary(home->fd) == 0)
		return 0;
	record = file_lock(home->fd, RECORD_LOCK, LOCK_EX | LOCK_NB);
	health = file_lock(home->fd, HEALTH_LOCK, LOCK_EX | LOCK_NB);
	return record < 0 || health < 0 ? 0 : fn(home->fd);
}

size_t home_count_temporary(const struct home *home)
{
	return for_temporary(home, file_count_temporary);
}

size_t home_remove_temporary(const struct home *home)
{
	return for_temporary(home, file_remove_temporary);
}

bool home_is_held(const struct home *home)
{
	return home->held || state_dir_is_locked(home->fd);
}

static bool has_one(int containers, const char *id, const char *const *files)
{
	char path[ID_LENGTH + 32];

	for (; *files; files++) {
		(void)snprintf(path, sizeof(path), "%.*s/%s", ID_LENGTH, id, *files);
		if (faccessat(containers, path, F_OK, 0) == 0)
			return true;
	}
	return false;
}

/* Adds the ids of a directory to the list, or of those with one of the files; takes `fd`. */
static int add_ids(int fd, const char *const *files, char ***ids)
{
	_cleanup_closedir_ DIR *d = fdopendir(fd);
	int r = 0;

	if (!d) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	for (struct dirent *entry; r == 0 && (entry = readdir(d));)
		if (id_is_valid(entry->d_name) && (!files || (!strv_contains(*ids, entry->d_name) &&
							      has_one(fd, entry->d_name, files))))
			r = strv_push(ids, entry->d_name);
	return r;
}

int home_list(const struct masu_engine *e, char ***ret_ids, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	int fd = open_containers(e);
	int r = fd < 0 ? fd : add_ids(fd, NULL, &ids);

	if (r < 0)
		return err_sys(err, r, "list the containers");
	*ret_ids = TAKE_PTR(ids);
	return 0;
}

/* Those with a link in RUN, or with one of the files. */
static int list_with(const struct masu_engine *e, const char *const *files, char ***ret_ids,
		     struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	int run = open_dir(paths_run(&e->paths, "containers"));
	int r = run < 0 ? run : add_ids(run, NULL, &ids);

	if (r == 0 || r == -ENOENT) {
		int fd = open_containers(e);

		r = fd < 0 ? fd : add_ids(fd, files, &ids);
	}
	if (r < 0)
		return err_sys(err, r, "list the running containers");
	*ret_ids = TAKE_PTR(ids);
	return 0;
}

int home_list_started(const struct masu_engine *e, char ***ret_ids, struct masu_error *err)
{
	static const char *const files[] = {STATE_FILE, NULL};

	return list_with(e, files, ret_ids, err);
}

/* Those whose ports systemd holds. A removed one may have left its FIFO. */
static int add_on_demand(const struct masu_engine *e, char ***ids)
{
	int fd = open_dir(paths_run(&e->paths, "ondemand"));
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (!d) {
		r = fd < 0 ? fd : -errno;
		fd_close(&fd);
		return r == -ENOENT ? 0 : r;
	}
	for (struct dirent *entry; r == 0 && (entry = readdir(d));)
		if (id_is_valid(entry->d_name) && !strv_contains(*ids, entry->d_name))
			r = strv_push(ids, entry->d_name);
	return r;
}

int home_list_live(const struct masu_engine *e, char ***ret_ids, struct masu_error *err)
{
	static const char *const files[] = {STATE_FILE, RESTARTING_FILE, NULL};
	_cleanup_strv_ char **ids = NULL;
	int r = list_with(e, files, &ids, err);

	if (r < 0)
		return r;
	r = add_on_demand(e, &ids);
	if (r < 0)
		return err_sys(err, r, "list the containers on demand");
	*ret_ids = TAKE_PTR(ids);
	return 0;
}

static int find_prefix(const struct masu_engine *e, const char *what, char ret_id[ID_LENGTH + 1],
		       struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	const char *found = NULL;
	int r = home_list(e, &ids, err);

	if (r < 0)
		return r;
	STRV_FOREACH(id, ids) {
		if (!str_after(*id, what))
			continue;
		if (found)
			return err_set(err, ERR_CONFLICT, EEXIST,
				       "'%s' is the beginning of more than one container's id",
				       what);
		found = *id;
	}
	if (!found)
		return -ENOENT;
	memcpy(ret_id, found, ID_LENGTH + 1);
	return 0;
}

int home_find(const struct masu_engine *e, const char *what, char ret_id[ID_LENGTH + 1],
	      struct masu_error *err)
{
	_cleanup_close_ int dirfd = open_containers(e);
	int r = -ENOENT;

	if (dirfd < 0)
		return err_sys(err, dirfd, "open the directory of containers");
	if (name_is_valid(what))
		r = names_find(dirfd, what, ret_id);
	if (r < 0 && r != -ENOENT)
		return err_sys(err, r, "find container '%s'", what);
	if (r < 0 && *what && strspn(what, "0123456789abcdef") == strlen(what))
		r = find_prefix(e, what, ret_id, err);
	if (r != -ENOENT)
		return r;
	r = err_set(err, ERR_NOT_FOUND, ENOENT, "no container with name or id '%s'", what);
	(void)err_hint(err, "'masu ps -a' lists all containers");
	return r;
}

/* Most containers wrote nothing as another user than their root, which is the caller. */
static int remove_tree(struct masu_engine *e, int dirfd, const char *name, struct masu_error *err)
{
	char *names[] = {(char *)name, NULL};
	int r = file_remove_tree(dirfd, name);

	if (r != -EACCES && r != -EPERM)
		return r < 0 ? err_sys(err, r, "remove the container's files") : 0;
	return launcher_remove_trees(e, "containers", names, err);
}

/*
 * Moves the directory out of sight. Returns its name then, or NULL with errno. It keeps its name if the disk lacks the space
 * for another one: only a removal can give it some.
 */
static const char *move_to_trash(int dirfd, const struct home *home, char name[DIR_MAX])
{
	char trash[DIR_MAX];

	(void)dir_name("", home->id, name);
	(void)dir_name(TRASH_PREFIX, home->id, trash);
	int r = renameat(dirfd, name, dirfd, trash);
	if (r < 0 && errno == ENOENT)
		r = renameat(dirfd, dir_name(HOME_NEW_PREFIX, home->id, name), dirfd, trash);
	if (r < 0)
		return errno == ENOSPC || errno == EDQUOT ? name : NULL;
	return dir_name(TRASH_PREFIX, home->id, name);
}

int home_remove(struct masu_engine *e, struct home *home, const char *name, struct masu_error *err)
{
	char dir[DIR_MAX];
	_cleanup_close_ int dirfd = open_containers(e);

	if (dirfd < 0)
		return err_sys(err, dirfd, "open the directory of containers");
	state_dir_remove_cgroup(home->fd);
	if (!move_to_trash(dirfd, home, dir))
		return err_sys(err, errno, "remove container %.*s", ID_SHORT_LENGTH, home->id);
	names_release(dirfd, name, home->id);
	run_dir_remove(e, home->id);
	return remove_tree(e, dirfd, dir, err);
}

static void sweep_dir(struct masu_engine *e, int dirfd, const char *name, bool is_new)
{
	_cleanup_close_ int fd = openat(dirfd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char trash[DIR_MAX];

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !file_is_at(fd, dirfd, name))
		return;
	if (is_new) {
		(void)dir_name(TRASH_PREFIX, name + strlen(HOME_NEW_PREFIX), trash);
		if (renameat(dirfd, name, dirfd, trash) < 0)
			return;
		name = trash;
	}
	(void)names_sweep(dirfd, true);		 /* its name, if the removal did not come so far */
	(void)remove_tree(e, dirfd, name, NULL); /* what stays is tried again next time */
}

void home_sweep(struct masu_engine *e)
{
	_cleanup_closedir_ DIR *d = NULL;
	int fd = open_containers(e);

	if (fd < 0)
		return;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		const char *id = str_after(entry->d_name, HOME_NEW_PREFIX);
		bool is_new = id;

		if (!id)
			id = str_after(entry->d_name, TRASH_PREFIX);
		if (id && id_is_valid(id))
			sweep_dir(e, dirfd(d), entry->d_name, is_new);
	}
}
