/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/paths.h"
#include "storage/trash.h"

bool layers_is_hex(const char *s)
{
	return strlen(s) == LAYERS_HEX_LENGTH && strspn(s, "0123456789abcdef") == LAYERS_HEX_LENGTH;
}

int layers_check_hex(const char *hex, struct masu_error *err)
{
	if (layers_is_hex(hex))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "malformed digest '%s'", hex);
}

int layers_open_dir(const struct paths *paths, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(paths, "%s", name);

	if (!path)
		return err_sys(err, ENOMEM, "open the store");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && (mkdir(path, 0700) == 0 || errno == EEXIST))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open '%s'", path) : fd;
}

int layers_prepare(const struct paths *paths, struct masu_error *err)
{
	_cleanup_close_ int layers = layers_open_dir(paths, "layers", err);
	_cleanup_close_ int stacks = layers < 0 ? layers : layers_open_dir(paths, "stacks", err);

	return MIN(stacks, 0);
}

bool layers_have_xattrs(const struct paths *paths)
{
	_cleanup_close_ int fd = layers_open_dir(paths, "layers", NULL);

	return fd < 0 || fgetxattr(fd, "user.overlay.opaque", NULL, 0) >= 0 || errno != EOPNOTSUPP;
}

bool layers_exist(const struct paths *paths, const char *chain_hex)
{
	_cleanup_free_ char *path = paths_data(paths, "layers/%s", chain_hex);
	struct stat st;

	return path && layers_is_hex(chain_hex) && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Takes the lock file of a staging directory; -EEXIST when it went away meanwhile. */
static int lock_name(int dirfd, const char *lock_file)
{
	_cleanup_close_ int fd = openat(dirfd, lock_file,
					O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EEXIST : -errno;
	/* A sweep between those two calls took it for a dead process's. */
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink == 0 ? -EEXIST : TAKE_FD(fd);
}

int layers_stage(const struct paths *paths, struct layers_staging *ret, struct masu_error *err)
{
	_cleanup_close_ int dirfd = layers_open_dir(paths, "layers", err), lock = -EEXIST;
	char name[64], lock_file[80];
	uint64_t random;

	if (dirfd < 0)
		return dirfd;
	for (int tries = 0; lock == -EEXIST && tries < 100; tries++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return err_sys(err, EIO, "get random bytes");
		(void)snprintf(name, sizeof(name), LAYERS_STAGING_PREFIX "%016" PRIx64, random);
		(void)snprintf(lock_file, sizeof(lock_file), "%s" LAYERS_LOCK_SUFFIX, name);
		lock = lock_name(dirfd, lock_file);
	}
	if (lock < 0)
		return err_sys(err, lock, "create a staging directory in '%s/layers'", paths->data);
	char *copy = strdup(name);
	if (!copy || mkdirat(dirfd, name, 0700) < 0) {
		int r = err_sys(err, copy ? errno : ENOMEM,
				"create a staging directory in '%s/layers'", paths->data);

		free(copy);
		(void)unlinkat(dirfd, lock_file, 0); /* else the next sweep does it */
		return r;
	}
	*ret = (struct layers_staging){
		.dirfd = TAKE_FD(dirfd), .lock = TAKE_FD(lock), .name = copy};
	return 0;
}

int layers_publish(struct layers_staging *s, const char *chain_hex, struct masu_error *err)
{
	int r = layers_check_hex(chain_hex, err);

	if (r < 0)
		return r;
	if (renameat2(s->dirfd, s->name, s->dirfd, chain_hex, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST || errno == ENOTEMPTY)
		return 1;
	/* A file system without RENAME_NOREPLACE: a directory that isn't empty isn't replaced either. */
	if (errno == EINVAL && renameat(s->dirfd, s->name, s->dirfd, chain_hex) == 0)
		return 0;
	return errno == EEXIST || errno == ENOTEMPTY
		       ? 1
		       : err_sys(err, errno, "publish layer %.12s", chain_hex);
}

void layers_unstage(struct layers_staging *s, const struct idmap *map)
{
	_cleanup_strv_ char **trash = NULL;

	if (s->name) {
		char lock_file[80];

		(void)snprintf(lock_file, sizeof(lock_file), "%s" LAYERS_LOCK_SUFFIX, s->name);
		/* A directory that cannot be removed now stays without a lock, for the next sweep. */
		if (trash_add(s->dirfd, s->name, &trash) > 0)
			(void)trash_remove(s->dirfd, map, trash, NULL);
		(void)unlinkat(s->dirfd, lock_file, 0);
	}
	free(s->name);
	fd_close(&s->lock);
	fd_close(&s->dirfd);
	*s = LAYERS_STAGING_INIT;
}
