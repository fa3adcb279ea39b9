/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <regex.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "storage/paths.h"

#define ID_LENGTH_MAX	  250
#define CREATE_ROUNDS_MAX 10
#define LOCK_TIMEOUT_MS	  500
#define LOCK_PAUSE_MS	  5

void state_dir_done(struct state_dir *d)
{
	free(d->root);
	free(d->id);
	closep(&d->fd);
	*d = STATE_DIR_INIT;
}

int state_dir_check_id(const char *id, struct masu_error *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t n = strlen(id);

	if (n > 0 && n <= ID_LENGTH_MAX && *id != '.' && strspn(id, letters) == n)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "invalid container id format: '%s'", id);
}

int state_dir_root(const char *given, char **ret, struct masu_error *err)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL, *root = NULL;

	if (!given) {
		int r = paths_init_run(&paths, &notice, err);

		if (r < 0)
			return r;
	}
	root = given ? path_absolute(given) : paths_run(&paths, "oci");
	if (!root)
		return err_oom(err);
	*ret = TAKE_PTR(root);
	return 0;
}

char *state_dir_path(const struct state_dir *d, const char *name)
{
	return str_printf("%s/%s/%s", d->root, d->id, name);
}

/*
 * ROOT may be where others can create files (/tmp). From what they put there hooks would be run with
 * the caller's rights, and processes be killed: -EPERM.
 */
static int check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() ? 0 : -EPERM;
}

static int open_own(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = check_owner(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* The link is read by descriptor: it must be the one whose owner was checked. */
static int open_linked(const char *path)
{
	_cleanup_close_ int link = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char target[PATH_MAX];

	if (link < 0)
		return -errno;
	int r = check_owner(link);
	if (r < 0)
		return r;
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n < 0)
		return -ENOTDIR;
	target[n] = 0;
	return open_own(target);
}

static int open_dir(const char *path, bool *ret_managed)
{
	int fd = open_own(path);

	*ret_managed = fd == -ENOTDIR || fd == -ELOOP;
	return *ret_managed ? open_linked(path) : fd;
}

int state_dir_open(const char *root, const char *id, struct state_dir *ret, struct masu_error *err)
{
	_cleanup_state_dir_ struct state_dir d = {.root = strdup(root), .id = strdup(id), .fd = -1};
	_cleanup_free_ char *path = path_join(root, id);
	int r = state_dir_check_id(id, err);

	if (r < 0)
		return r;
	if (!d.root || !d.id || !path)
		return err_oom(err);
	d.fd = open_dir(path, &d.managed);
	if (d.fd == -ENOENT)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "container does not exist: '%s'", id);
	if (d.fd == -EPERM)
		return err_set(err, ERR_DENIED, EPERM, "'%s' belongs to another user", path);
	if (d.fd < 0)
		return err_sys(err, d.fd, "open the directory '%s'", path);
	*ret = TAKE(d, STATE_DIR_INIT);
	return 0;
}

int state_dir_check_unmanaged(const struct state_dir *d, const char *action, struct masu_error *err)
{
	if (!d->managed)
		return 0;
	return err_set(err, ERR_CONFLICT, EBUSY, "cannot %s container '%s': managed by masu",
		       action, d->id);
}

/* Most directories hold nothing but these files. */
static bool remove_known(const char *path, int dirfd)
{
	static const char *const names[] = {STATE_FILE, CONFIG_FILE, CGROUP_LINK, START_SOCKET};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlinkat(dirfd, names[i], 0); /* rmdir(2) reports any that stay */
	return rmdir(path) == 0;
}

int state_dir_remove(const struct state_dir *d, struct masu_error *err)
{
	_cleanup_free_ char *path = path_join(d->root, d->id);
	int r = -ENOMEM;

	if (path)
		r = remove_known(path, d->fd) ? 0 : file_remove_tree(AT_FDCWD, path);
	return r < 0 ? err_sys(err, r, "remove the state of container '%s'", d->id) : 0;
}

bool state_dir_is_locked(int dirfd)
{
	/* By an open file description of its own, so that the question leaves no lock behind. */
	_cleanup_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int state_dir_take_unfinished(const struct state_dir *d, int timeout_ms)
{
	for (int waited = 0;; waited += LOCK_PAUSE_MS) {
		/* In this order: the creator may have finished just before it released the lock. */
		bool locked = flock(d->fd, LOCK_EX | LOCK_NB) == 0;

		if (faccessat(d->fd, STATE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return -EEXIST;
		if (locked)
			return 0;
		if (waited >= timeout_ms)
			return -EBUSY;
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

/* Opens the group of the link, if both exist. Returns whether the link does. */
static bool open_unrecorded(int dirfd, struct cgroup **ret)
{
	char record[PATH_MAX];
	ssize_t n = readlinkat(dirfd, CGROUP_LINK, record, sizeof(record) - 1);

	if (n <= 0)
		return false;
	record[n] = 0;
	(void)cgroup_open(record, CGROUP_OWN, ret, NULL);
	return true;
}

void state_dir_remove_cgroup(int dirfd)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!open_unrecorded(dirfd, &cg))
		return;
	if (cg)
		(void)cgroup_remove(cg, NULL);
	(void)unlinkat(dirfd, CGROUP_LINK, 0);
}

int state_dir_remove_unfinished(const struct state_dir *d, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (open_unrecorded(d->fd, &cg) && cg && cgroup_kill(cg, NULL) == 0)
		(void)cgroup_remove(cg, NULL); /* the next container of this path reuses it */
	return state_dir_remove(d, err);
}

/* Removes a directory whose creator was killed before it wrote state.json. */
static int remove_leftover(const char *root, const char *id, struct masu_error *err)
{
	_cleanup_state_dir_ struct state_dir d = STATE_DIR_INIT;
	int r = state_dir_open(root, id, &d, NULL);

	if (r == -ENOENT)
		return 0;
	if (r < 0 || d.managed || state_dir_take_unfinished(&d, LOCK_TIMEOUT_MS) < 0)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "container with given ID already exists: '%s'", id);
	return state_dir_remove_unfinished(&d, err);
}

static int create_root(const char *root, struct masu_error *err)
{
	int r = path_mkdir_all(root, 0700);

	return r < 0 ? err_sys(err, r, "create the directory '%s' of --root", root) : 0;
}

int state_dir_create(const char *root, const char *id, struct state_dir *ret,
		     struct masu_error *err)
{
	_cleanup_state_dir_ struct state_dir d = {.root = strdup(root), .id = strdup(id), .fd = -1};
	_cleanup_free_ char *path = path_join(root, id);

	if (!path || !d.root || !d.id)
		return err_oom(err);
	for (int i = 0; i < CREATE_ROUNDS_MAX; i++) {
		int r = d.fd = file_make_locked_dir(AT_FDCWD, path);

		if (r >= 0)
			r = check_owner(d.fd);
		if (r >= 0) {
			*ret = TAKE(d, STATE_DIR_INIT);
			return 0;
		}
		if (r == -EEXIST)
			r = remove_leftover(root, id, err);
		else if (r == -ENOENT && i == 0) /* the first container of this root */
			r = create_root(root, err);
		else if (r != -ESTALE)
			return err_sys(err, r, "create the directory '%s'", path);
		if (r < 0 && r != -ESTALE)
			return r;
	}
	return err_set(err, ERR_CONFLICT, EBUSY,
		       "container '%s' is being created and deleted at the same time", id);
}

static int compile(const char *pattern, regex_t *ret, struct masu_error *err)
{
	char why[128];
	int r = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);

	if (r == 0)
		return 0;
	(void)regerror(r, ret, why, sizeof(why));
	return err_set(err, ERR_INVALID, EINVAL, "invalid regular expression '%s': %s", pattern,
		       why);
}

static int list_ids(const char *root, const regex_t *regex, char ***ret, struct masu_error *err)
{
	_cleanup_closedir_ DIR *d = opendir(root);
	_cleanup_strv_ char **ids = NULL;

	if (!d && errno != ENOENT)
		return err_sys(err, errno, "open '%s'", root);
	for (struct dirent *entry; d && (entry = readdir(d));)
		if (state_dir_check_id(entry->d_name, NULL) == 0 &&
		    (!regex || regexec(regex, entry->d_name, 0, NULL, 0) == 0) &&
		    strv_push(&ids, entry->d_name) < 0)
			return err_oom(err);
	*ret = TAKE_PTR(ids);
	return 0;
}

int state_dir_list(const char *root, const char *pattern, char ***ret_ids, struct masu_error *err)
{
	regex_t regex;
	int r = pattern ? compile(pattern, &regex, err) : 0;

	if (r < 0)
		return r;
	r = list_ids(root, pattern ? &regex : NULL, ret_ids, err);
	if (pattern)
		regfree(&regex);
	return r;
}
