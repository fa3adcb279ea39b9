/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volume-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/launcher.h"
#include "engine/name.h"

#define MARKER_PREFIX  ".new-"
#define LABELS_PREFIX  ".labels-"
#define OPTIONS_PREFIX ".options-"
#define TRASH_PREFIX   ".trash-"

char *volume_path(const struct masu_engine *e, const char *name)
{
	return paths_data(&e->paths, "volumes/%s", name);
}

int volume_dir_open(const struct masu_engine *e, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "volumes");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 ? err_sys(err, path ? errno : ENOMEM, "open the directory of volumes") : fd;
}

int volume_lock(int fd, int operation)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int volume_keep(const struct masu_engine *e, const char *name, int *ret_fd, struct masu_error *err)
{
	_cleanup_free_ char *marker = volume_marker(name);
	_cleanup_close_ int dir = volume_dir_open(e, err), fd = -1;
	char mark = 0;

	if (dir < 0)
		return dir;
	if (!marker)
		return err_oom(err);
	fd = openat(dir, marker, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return err_sys(err, errno, "open the marker of volume \"%s\"", name);
	int r = fd < 0 ? 0 : volume_lock(fd, LOCK_EX | LOCK_NB);
	if (r == 0 && fd >= 0 && pread(fd, &mark, 1, 0) == 1 && mark != VOLUME_CREATED)
		r = -EWOULDBLOCK;
	if (r == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "volume \"%s\" is not complete: the start of a container fills it",
			       name);
	if (r < 0)
		return err_sys(err, r, "lock volume \"%s\"", name);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int volume_dir_hold(const struct masu_engine *e, struct masu_error *err)
{
	_cleanup_close_ int dirfd = volume_dir_open(e, err);

	if (dirfd < 0)
		return dirfd;
	int r = fd_lock_or_cancel(dirfd, LOCK_EX, e->cancel_fd);
	return r < 0 ? err_sys(err, r, "hold the directory of volumes") : TAKE_FD(dirfd);
}

static char *prefixed(const char *prefix, const char *name)
{
	return str_printf("%s%s", prefix, name);
}

char *volume_marker(const char *name)
{
	return prefixed(MARKER_PREFIX, name);
}

char *volume_labels(const char *name)
{
	return prefixed(LABELS_PREFIX, name);
}

char *volume_options(const char *name)
{
	return prefixed(OPTIONS_PREFIX, name);
}

bool volume_dir_has(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int volume_dir_make(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int fd = openat(dirfd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The modes inside are the container's. DATA itself is closed to others. */
	return fd < 0 ? -errno : file_set_plain_mode(fd, 0755);
}

static int unlink_prefixed(int dirfd, const char *prefix, const char *name)
{
	_cleanup_free_ char *path = prefixed(prefix, name);

	if (!path)
		return -ENOMEM;
	return unlinkat(dirfd, path, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int volume_dir_trash(int dirfd, const char *name, char ***trash)
{
	char id[ID_LENGTH + 1];
	int r = id_new(id);

	if (r < 0)
		return r;
	_cleanup_free_ char *path = prefixed(TRASH_PREFIX, id);
	if (!path)
		return -ENOMEM;
	if (renameat(dirfd, name, dirfd, path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return strv_push_owned(trash, TAKE_PTR(path));
}

int volume_dir_drop(int dirfd, const char *name, char ***trash, struct masu_error *err)
{
	/* First the volume: labels, options and markers without one are leftovers. */
	int r = volume_dir_trash(dirfd, name, trash);

	if (r == 0)
		r = unlink_prefixed(dirfd, LABELS_PREFIX, name);
	if (r == 0)
		r = unlink_prefixed(dirfd, OPTIONS_PREFIX, name);
	if (r == 0)
		r = unlink_prefixed(dirfd, MARKER_PREFIX, name);
	return r < 0 ? err_sys(err, r, "remove the volume '%s'", name) : 0;
}

/*
 * A marker that no start holds, of a volume that is not whole and was not created by a command, or that is gone: a removal
 * was killed.
 */
static bool is_abandoned(int dirfd, const char *marker, const char *name)
{
	_cleanup_close_ int fd = openat(dirfd, marker, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 &&
	       (st.st_size == 0 || !volume_dir_has(dirfd, name)) &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static int sweep_entry(int dirfd, const char *entry, char ***trash, struct masu_error *err)
{
	const char *name = str_after(entry, MARKER_PREFIX);

	if (name && is_abandoned(dirfd, entry, name))
		return volume_dir_drop(dirfd, name, trash, err);
	name = str_after(entry, LABELS_PREFIX);
	if (!name)
		name = str_after(entry, OPTIONS_PREFIX);
	if (name && !volume_dir_has(dirfd, name) && unlinkat(dirfd, entry, 0) < 0)
		return err_sys(err, errno, "remove the file '%s' of a removed volume", entry);
	if (str_after(entry, TRASH_PREFIX) && strv_push(trash, entry) < 0)
		return err_oom(err);
	return 0;
}

int volume_dir_sweep(int dirfd, char ***trash, struct masu_error *err)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");

	if (!d)
		return err_sys(err, errno, "list the volumes");
	for (struct dirent *entry; (entry = readdir(d));) {
		int r = sweep_entry(dirfd, entry->d_name, trash, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int volume_dir_empty(struct masu_engine *e, char *const *trash, struct masu_error *err)
{
	return trash && *trash ? launcher_remove_trees(e, "volumes", trash, err) : 0;
}
