/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The directories ROOT/ID. Who makes a container holds a lock on its directory (flock(2)) until it ends, by
 * itself or by a kill. So one without state.json is either being made, or a leftover that the next to
 * want the id clears away.
 */

#include "oci-cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "cgroup/cgroup.h"
#include "storage/paths.h"

#define ID_LENGTH_MAX	250
#define MAKE_ROUNDS_MAX 10
#define LOCK_TIMEOUT_MS 500
#define LOCK_PAUSE_MS	5

int bundle_check_id(const char *id, struct err *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t n = strlen(id);

	if (n > 0 && n <= ID_LENGTH_MAX && *id != '.' && strspn(id, letters) == n)
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "invalid container id format: '%s'", id);
}

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "find the container");
}

int bundle_root(const struct oci_globals *g, char **ret, struct err *err)
{
	_cleanup_paths_ struct paths paths = {0};
	_cleanup_free_ char *notice = NULL, *root = NULL;
	int r;

	if (g->root) {
		root = path_absolute(g->root);
		if (!root)
			return no_memory(err);
	} else {
		r = paths_init_run(&paths, &notice, err);
		if (r < 0)
			return r;
		root = paths_run(&paths, "oci");
		if (!root)
			return no_memory(err);
	}
	*ret = TAKE_PTR(root);
	return 0;
}

/*
 * A --root may be where others can make directories (/tmp). Hooks of what they put there would be run
 * with the caller's rights, and processes that they name be killed: -EPERM.
 */
static int open_own(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() ? TAKE_FD(fd) : -EPERM;
}

int bundle_open(const char *root, const char *id, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);
	int fd = path ? open_own(path) : -ENOMEM;

	if (fd == -ENOENT)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "container does not exist: '%s'", id);
	if (fd == -EPERM)
		return err_set(err, ERR_DENIED, EPERM, "'%s' is not a directory of yours", path);
	return fd < 0 ? err_sys(err, fd, "open the directory '%s'", path ? path : id) : fd;
}

/* What nearly all have is known by name. */
static bool remove_known(const char *path, int dirfd)
{
	static const char *const names[] = {BUNDLE_STATE, BUNDLE_CONFIG, BUNDLE_CGROUP,
					    BUNDLE_SOCKET};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlinkat(dirfd, names[i], 0); /* whether all went, rmdir(2) tells */
	return rmdir(path) == 0;
}

int bundle_remove(const char *root, const char *id, int dirfd, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);
	int r = !path ? -ENOMEM : remove_known(path, dirfd) ? 0 : file_remove_tree(AT_FDCWD, path);

	return r < 0 ? err_sys(err, r, "remove the state of container '%s'", id) : 0;
}

bool bundle_is_being_made(int dirfd)
{
	/* Shared: who only looks keeps no other from it. */
	return flock(dirfd, LOCK_SH | LOCK_NB) < 0;
}

int bundle_take_unfinished(int dirfd, int timeout_ms)
{
	for (int waited = 0;; waited += LOCK_PAUSE_MS) {
		/* In this order: who held the lock may just have finished. */
		bool locked = flock(dirfd, LOCK_EX | LOCK_NB) == 0;

		if (faccessat(dirfd, BUNDLE_STATE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return -EEXIST;
		if (locked)
			return 0;
		if (waited >= timeout_ms)
			return -EBUSY;
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

/* Of one whose maker was killed before state.json was written. */
static void remove_unrecorded_cgroup(int dirfd)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	char record[PATH_MAX];
	ssize_t n = readlinkat(dirfd, BUNDLE_CGROUP, record, sizeof(record) - 1);

	if (n <= 0)
		return;
	record[n] = 0;
	if (cgroup_open(record, CGROUP_OWN, &cg, NULL) == 0 && cgroup_kill(cg, NULL) == 0)
		(void)cgroup_remove(cg, NULL); /* what can't be removed is taken by the next */
}

int bundle_remove_unfinished(const char *root, const char *id, int dirfd, struct err *err)
{
	remove_unrecorded_cgroup(dirfd);
	return bundle_remove(root, id, dirfd, err);
}

/* What is at the id's place, when nobody makes it any more and it never was a container. */
static int remove_leftover(const char *root, const char *id, struct err *err)
{
	_cleanup_close_ int fd = bundle_open(root, id, NULL);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || bundle_take_unfinished(fd, LOCK_TIMEOUT_MS) < 0)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "container with given ID already exists: '%s'", id);
	return bundle_remove_unfinished(root, id, fd, err);
}

/* Makes the directory and locks it; -ESTALE when somebody took it for a leftover in between. */
static int make_locked(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) < 0)
		return -errno;
	_cleanup_close_ int fd = open_own(path);
	if (fd < 0)
		return fd == -ENOENT ? -ESTALE : fd;
	if (flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0 || st.st_nlink == 0)
		return -ESTALE;
	return TAKE_FD(fd);
}

static int make_root(const char *root, struct err *err)
{
	int r = path_mkdir_all(root, 0700);

	return r < 0 ? err_sys(err, r, "make the directory '%s' of --root", root) : 0;
}

int bundle_make(const char *root, const char *id, struct err *err)
{
	_cleanup_free_ char *path = path_join(root, id);

	if (!path)
		return no_memory(err);
	for (int i = 0; i < MAKE_ROUNDS_MAX; i++) {
		int r = make_locked(path);

		if (r == -EEXIST)
			r = remove_leftover(root, id, err);
		else if (r == -ENOENT && i == 0) /* the first container of this root */
			r = make_root(root, err);
		else if (r != -ESTALE)
			return r < 0 ? err_sys(err, r, "make the directory '%s'", path) : r;
		if (r < 0 && r != -ESTALE)
			return r;
	}
	return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is made and deleted at once", id);
}
