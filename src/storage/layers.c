/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/userns.h"
#include "storage/paths.h"

bool layers_is_hex(const char *s)
{
	return strlen(s) == LAYERS_HEX_LENGTH && strspn(s, "0123456789abcdef") == LAYERS_HEX_LENGTH;
}

static int check_hex(const char *hex, struct masu_error *err)
{
	if (layers_is_hex(hex))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "malformed digest '%s'", hex);
}

int layers_open_dir(const struct paths *paths, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(paths, "%s", name);

	if (!path)
		return err_oom(err);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && (mkdir(path, 0700) == 0 || errno == EEXIST))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open '%s'", path) : fd;
}

/* FNV-1a. */
static uint64_t add_to_hash(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

char *layers_map_dir(const char *uid_map, const char *gid_map)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	if (!uid_map || !gid_map)
		return strdup(LAYERS_DIR);
	hash = add_to_hash(add_to_hash(add_to_hash(hash, uid_map), ";"), gid_map);
	return str_printf(LAYERS_DIR "-%016" PRIx64, hash);
}

const char *layers_dir(const struct paths *paths)
{
	return paths->layers ? paths->layers : LAYERS_DIR;
}

int layers_prepare(const struct paths *paths, struct masu_error *err)
{
	_cleanup_close_ int layers = layers_open_dir(paths, layers_dir(paths), err);
	_cleanup_close_ int stacks = layers < 0 ? layers : layers_open_dir(paths, "stacks", err);

	return MIN(stacks, 0);
}

bool layers_have_xattrs(const struct paths *paths)
{
	_cleanup_close_ int fd = layers_open_dir(paths, layers_dir(paths), NULL);

	return fd < 0 || fgetxattr(fd, "user.overlay.opaque", NULL, 0) >= 0 || errno != EOPNOTSUPP;
}

bool layers_exist(const struct paths *paths, const char *chain_hex)
{
	_cleanup_free_ char *path = paths_data(paths, "%s/%s", layers_dir(paths), chain_hex);
	struct stat st;

	return path && layers_is_hex(chain_hex) && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Creates and locks the lock file of a staging directory. -EEXIST if another process removed it meanwhile. */
static int lock_name(int dirfd, const char *lock_file)
{
	_cleanup_close_ int fd = openat(dirfd, lock_file,
					O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EEXIST : -errno;
	/* A sweep between these two calls took it for a leftover. */
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink == 0 ? -EEXIST : TAKE_FD(fd);
}

int layers_stage(const struct paths *paths, struct layers_staging *ret, struct masu_error *err)
{
	_cleanup_close_ int dirfd = layers_open_dir(paths, layers_dir(paths), err), lock = -EEXIST;
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
		return err_sys(err, lock, "create a staging directory in '%s/%s'", paths->data,
			       layers_dir(paths));
	char *copy = strdup(name);
	if (!copy || mkdirat(dirfd, name, 0700) < 0) {
		int r = err_sys(err, copy ? errno : ENOMEM, "create a staging directory in '%s/%s'",
				paths->data, layers_dir(paths));

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
	int r = check_hex(chain_hex, err);

	if (r < 0)
		return r;
	if (renameat2(s->dirfd, s->name, s->dirfd, chain_hex, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST || errno == ENOTEMPTY)
		return 1;
	/* For file systems without RENAME_NOREPLACE: rename(2) does not replace a directory with files in it. */
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

/* More layers than overlayfs mounts (500), one line of 65 bytes each. */
#define STACK_SIZE_MAX (512 * (LAYERS_HEX_LENGTH + 1))

/* ENOENT if one of `hexes` is not published. */
static int check_layers(const struct paths *paths, char *const *hexes, const char *config_hex,
			struct masu_error *err)
{
	STRV_FOREACH(hex, hexes) {
		int r = check_hex(*hex, err);
		if (r < 0)
			return r;
		if (!layers_exist(paths, *hex))
			return err_set(err, ERR_NOT_FOUND, ENOENT,
				       "layer %.12s of image %.12s is not unpacked", *hex,
				       config_hex);
	}
	return 0;
}

int stack_list(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err)
{
	_cleanup_strv_ char **hexes = NULL;
	_cleanup_free_ char *text = NULL;
	int r = check_hex(config_hex, err);

	if (r < 0)
		return r;
	_cleanup_close_ int stacks = layers_open_dir(paths, "stacks", err);
	if (stacks < 0)
		return stacks;
	r = file_read(stacks, config_hex, STACK_SIZE_MAX, &text, NULL);
	if (r == -ENOENT)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "image %.12s is not unpacked",
			       config_hex);
	if (r < 0)
		return err_sys(err, r, "read the layers of image %.12s", config_hex);
	hexes = strv_split(text, "\n");
	size_t n = strv_length(hexes);
	if (!hexes)
		return err_oom(err);
	/* Each line ends in a newline, so that a file that was cut shows. */
	if (n == 0 || *hexes[n - 1])
		return err_set(err, ERR_NOT_FOUND, ENOENT, "image %.12s is not unpacked",
			       config_hex);
	free(TAKE_PTR(hexes[n - 1]));
	*ret_hexes = TAKE_PTR(hexes);
	return 0;
}

int stack_read(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err)
{
	_cleanup_strv_ char **hexes = NULL;
	int r = stack_list(paths, config_hex, &hexes, err);

	if (r == 0)
		r = check_layers(paths, hexes, config_hex, err);
	if (r < 0)
		return r;
	*ret_hexes = TAKE_PTR(hexes);
	return 0;
}

/*
 * The visible part of a stack: from the uppermost layer whose root hides all layers below it (".wh..wh..opq" in "/").
 * overlayfs reads that mark on every directory but the root of a layer.
 */
static char *const *visible_layers(const struct paths *paths, char *const *hexes)
{
	char *const *from = hexes;

	STRV_FOREACH(hex, hexes) {
		_cleanup_free_ char *path = paths_data(paths, "%s/%s", layers_dir(paths), *hex);
		char mark;

		if (path && getxattr(path, "user.overlay.opaque", &mark, 1) == 1 && mark == 'y')
			from = hex;
	}
	return from;
}

int stack_write(const struct paths *paths, const char *config_hex, char *const *hexes,
		struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	int r = check_hex(config_hex, err);

	if (r < 0)
		return r;
	r = check_layers(paths, hexes, config_hex, err);
	if (r < 0)
		return r;
	STRV_FOREACH(hex, visible_layers(paths, hexes))
		if (strbuf_addf(&text, "%s\n", *hex) < 0)
			return err_oom(err);
	if (text.length > STACK_SIZE_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG, "image %.12s has too many layers",
			       config_hex);
	_cleanup_close_ int layers = layers_open_dir(paths, layers_dir(paths), err);
	_cleanup_close_ int stacks = layers < 0 ? -1 : layers_open_dir(paths, "stacks", err);
	if (layers < 0 || stacks < 0)
		return layers < 0 ? layers : stacks;
	/* The names and attributes of the layers reach the disk before the stack that relies on them. */
	r = syncfs(layers) < 0 ? -errno
			       : file_write_atomic(stacks, config_hex, str_or_empty(text.text),
						   text.length, 0600, FILE_SYNC);
	return r < 0 ? err_sys(err, r, "record the layers of image %.12s", config_hex) : 0;
}

struct removal {
	int dirfd;
	char **names;
};

/* A userns_fn. */
static int remove_names(void *arg, struct masu_error *err)
{
	const struct removal *removal = arg;
	struct rlimit files;
	int first = 0;

	/* One descriptor is open for each level of directories. The old limit serves ordinary trees. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	STRV_FOREACH(name, removal->names) {
		int r = file_remove_tree(removal->dirfd, *name);

		if (r < 0 && first == 0)
			first = err_sys(err, r, "remove '%s'", *name);
	}
	return first;
}

int trash_add(int dirfd, const char *name, char ***trash)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	int r = strv_pushf(trash, TRASH_PREFIX "%016" PRIx64, random);
	if (r < 0)
		return r;
	if (renameat(dirfd, name, dirfd, (*trash)[strv_length(*trash) - 1]) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int trash_remove(int dirfd, const struct idmap *map, char **trash, struct masu_error *err)
{
	struct removal removal = {.dirfd = dirfd, .names = trash};

	if (strv_length(trash) == 0)
		return 0;
	return map->userns ? userns_run(map, 0, remove_names, &removal, err)
			   : remove_names(&removal, err);
}
