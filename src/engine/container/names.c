/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/str.h"
#include "engine/container/home.h"

#define SCOPE_LINK "scope" /* in a container's directory: the scope whose name it keeps */

int names_open(int containers)
{
	int fd = openat(containers, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Others that change names by more than one call hold it as well. */
static int lock_names(int names)
{
	_cleanup_close_ int lock = openat(names, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return lock < 0 || flock(lock, LOCK_EX) < 0 ? -errno : TAKE_FD(lock);
}

static int read_link(int dirfd, const char *path, char ret_id[ID_LENGTH + 1])
{
	char target[ID_LENGTH + 2];
	ssize_t n = readlinkat(dirfd, path, target, sizeof(target));

	if (n < 0)
		return -errno;
	if (n != ID_LENGTH)
		return -ENOENT;
	target[n] = 0;
	if (!id_is_valid(target))
		return -ENOENT;
	memcpy(ret_id, target, ID_LENGTH + 1);
	return 0;
}

bool names_lead_to(int names, const char *name, const char *id)
{
	char target[ID_LENGTH + 1];

	return read_link(names, name, target) == 0 && streq(target, id);
}

static bool exists(int containers, const char *name)
{
	struct stat st;

	return fstatat(containers, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int holder_of_name(int containers, int names, const char *name, char ret_id[ID_LENGTH + 1])
{
	char id[ID_LENGTH + 1], unpublished[sizeof(HOME_NEW_PREFIX) + ID_LENGTH];
	int r = read_link(names, name, id);

	if (r < 0)
		return r;
	(void)snprintf(unpublished, sizeof(unpublished), HOME_NEW_PREFIX "%s", id);
	/* One that was published after the first look has its own name at the last. */
	if (!exists(containers, id) && !exists(containers, unpublished) && !exists(containers, id))
		return -ENOENT;
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

int names_find(int containers, const char *name, char ret_id[ID_LENGTH + 1])
{
	_cleanup_close_ int names = names_open(containers);

	return names < 0 ? names : holder_of_name(containers, names, name, ret_id);
}

/*
 * A dangling link is removed under a lock: otherwise a second process that saw the same could remove the new link of
 * the first one. -EEXIST if the name has a holder.
 */
static int remove_dangling(int containers, int names, const char *name,
			   char ret_holder[ID_LENGTH + 1])
{
	if (holder_of_name(containers, names, name, ret_holder) == 0)
		return -EEXIST;
	return unlinkat(names, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int take_name(int containers, int names, const char *name, const char *id,
		     char ret_holder[ID_LENGTH + 1])
{
	if (symlinkat(id, names, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (holder_of_name(containers, names, name, ret_holder) == 0)
		return -EEXIST;
	_cleanup_close_ int lock = lock_names(names);
	int r = lock < 0 ? lock : remove_dangling(containers, names, name, ret_holder);
	if (r < 0)
		return r;
	return symlinkat(id, names, name) < 0 ? -errno : 0;
}

int names_in_use(const char *name, const char *holder, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, EEXIST, "the name '%s' is in use by container %.*s", name,
		      ID_SHORT_LENGTH, holder);
	return err_hint(err, "remove that container ('masu rm %s'), or use --replace", name);
}

static int take_random(int containers, int names, const char *id, char **ret)
{
	char holder[ID_LENGTH + 1];
	int r = -EEXIST;

	for (unsigned int attempt = 0; attempt < 100 && r == -EEXIST; attempt++) {
		_cleanup_free_ char *name = NULL;

		r = name_random(attempt, &name);
		if (r == 0)
			r = take_name(containers, names, name, id, holder);
		if (r == 0)
			*ret = TAKE_PTR(name);
	}
	return r;
}

int names_reserve(int containers, const char *wanted, const char *id, char **ret,
		  struct masu_error *err)
{
	_cleanup_close_ int names = names_open(containers);
	char holder[ID_LENGTH + 1];
	int r = names;

	if (names >= 0 && wanted)
		r = take_name(containers, names, wanted, id, holder);
	else if (names >= 0)
		r = take_random(containers, names, id, ret);
	if (wanted && r == -EEXIST)
		return names_in_use(wanted, holder, err);
	if (r == 0 && wanted && !(*ret = strdup(wanted)))
		r = -ENOMEM;
	return r < 0 ? err_sys(err, r, "reserve a name for the container") : 0;
}

/*
 * The removal of the container releases its name without a lock, and a creation may take it at once. Then the link of
 * that other container was moved, and is moved back.
 */
static int move_link(int names, const char *from, const char *to, const char *id)
{
	if (!names_lead_to(names, from, id))
		return -ENOENT;
	if (renameat2(names, from, names, to, RENAME_NOREPLACE) < 0)
		return -errno;
	if (names_lead_to(names, to, id))
		return 0;
	(void)renameat2(names, to, names, from, RENAME_NOREPLACE); /* a third one has the name */
	return -ENOENT;
}

int names_move(int containers, const char *from, const char *to, const char *id,
	       struct masu_error *err)
{
	_cleanup_close_ int names = names_open(containers);
	_cleanup_close_ int lock = names < 0 ? names : lock_names(names);
	char holder[ID_LENGTH + 1];
	int r = lock < 0 ? lock : move_link(names, from, to, id);

	if (r == -EEXIST) {
		r = remove_dangling(containers, names, to, holder);
		if (r == -EEXIST)
			return names_in_use(to, holder, err);
		if (r == 0)
			r = move_link(names, from, to, id);
	}
	return r < 0 ? err_sys(err, r, "rename container '%s' to '%s'", from, to) : 0;
}

/* The name that links to an id, or NULL. */
static char *search(DIR *d, const char *id)
{
	for (struct dirent *entry; (entry = readdir(d));)
		if (name_is_valid(entry->d_name) && names_lead_to(dirfd(d), entry->d_name, id))
			return strdup(entry->d_name);
	return NULL;
}

int names_correct(const struct masu_engine *e, const char *id, char **name)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "containers/names/%s", *name);
	_cleanup_closedir_ DIR *d = NULL;

	if (!path)
		return -ENOMEM;
	if (names_lead_to(AT_FDCWD, path, id))
		return 0;
	*strrchr(path, '/') = 0;
	d = opendir(path);
	char *found = d ? search(d, id) : NULL;
	if (!found) /* it is being removed */
		return 0;
	free(*name);
	*name = found;
	return 0;
}

void names_release(int containers, const char *name, const char *id)
{
	_cleanup_close_ int names = names_open(containers);

	if (names >= 0 && names_lead_to(names, name, id))
		(void)unlinkat(names, name, 0);
}

static bool is_dangling(int containers, int names, const char *name)
{
	char id[ID_LENGTH + 1];

	return !streq(name, ".") && !streq(name, "..") &&
	       holder_of_name(containers, names, name, id) == -ENOENT;
}

int names_sweep(int containers, bool remove)
{
	int names = names_open(containers), n = 0;
	_cleanup_close_ int lock = names < 0 ? names : lock_names(names);
	_cleanup_closedir_ DIR *d = names < 0 ? NULL : fdopendir(names);

	if (!d)
		return names < 0 ? names : -errno;
	for (struct dirent *entry; lock >= 0 && (entry = readdir(d));)
		if (is_dangling(containers, names, entry->d_name)) {
			n++;
			if (remove && unlinkat(names, entry->d_name, 0) < 0 && errno != ENOENT)
				return -errno;
		}
	return lock < 0 ? lock : n;
}

static char *scope_path(const struct masu_engine *e, const char *scope)
{
	return paths_data(&e->paths, "containers/names/.%s", scope);
}

int names_find_scope(const struct masu_engine *e, const char *scope, char ret_id[ID_LENGTH + 1])
{
	_cleanup_free_ char *path = scope_path(e, scope);

	return path ? read_link(AT_FDCWD, path, ret_id) : -ENOMEM;
}

static char *kept_scope(const struct home *home)
{
	char scope[NAME_MAX + 1];
	ssize_t n = readlinkat(home->fd, SCOPE_LINK, scope, sizeof(scope));

	return n <= 0 || n == sizeof(scope) ? NULL : strndup(scope, (size_t)n);
}

int names_keep_scope(const struct masu_engine *e, const struct home *home, const char *scope)
{
	_cleanup_free_ char *path = scope_path(e, scope), *kept = kept_scope(home);
	char id[ID_LENGTH + 1];

	if (!path)
		return -ENOMEM;
	if (kept && streq(kept, scope) && read_link(AT_FDCWD, path, id) == 0 && streq(id, home->id))
		return 0;
	names_release_scope(e, home);
	if (symlinkat(scope, home->fd, SCOPE_LINK) < 0)
		return -errno;
	if (symlink(home->id, path) == 0)
		return 1;
	/* A leftover, since this container has the name of the scope. */
	return errno == EEXIST && unlink(path) == 0 && symlink(home->id, path) == 0 ? 1 : -errno;
}

void names_release_scope(const struct masu_engine *e, const struct home *home)
{
	_cleanup_free_ char *scope = kept_scope(home), *path = scope ? scope_path(e, scope) : NULL;
	char id[ID_LENGTH + 1];

	if (!path)
		return;
	if (read_link(AT_FDCWD, path, id) == 0 && streq(id, home->id))
		(void)unlink(path); /* a leftover is ignored when its container is not running */
	(void)unlinkat(home->fd, SCOPE_LINK, 0);
}
