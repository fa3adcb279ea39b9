/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/tree.h"

#define DEPTH_MAX 512

struct owner {
	uid_t uid;
	gid_t gid;
	dev_t device;
	unsigned int depth;
};

static int chown_dir(struct owner *o, int dirfd, const char *name);

static bool is_owner(const struct owner *o, const struct stat *st)
{
	return st->st_uid == o->uid && st->st_gid == o->gid;
}

static int chown_entry(struct owner *o, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* removed meanwhile */
	if (st.st_dev != o->device)
		return 0;
	int r = S_ISDIR(st.st_mode) ? chown_dir(o, dirfd, name) : 0;
	if (r < 0 || is_owner(o, &st))
		return r;
	return fchownat(dirfd, name, o->uid, o->gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT
		       ? -errno
		       : 0;
}

static int chown_entries(struct owner *o, DIR *d)
{
	for (const struct dirent *entry; (entry = file_next_entry(d));) {
		int r = chown_entry(o, dirfd(d), entry->d_name);

		if (r < 0)
			return r;
	}
	return -errno;
}

/* A mount on the directory, which stat() of its name may not have shown, is left alone. */
static DIR *open_dir(const struct owner *o, int parent, const char *name)
{
	DIR *d = file_open_dir(parent, name);
	struct stat st;

	if (!d || fstat(dirfd(d), &st) < 0 || st.st_dev == o->device)
		return d;
	(void)closedir(d); /* read only */
	errno = ENOENT;
	return NULL;
}

static int chown_dir(struct owner *o, int dirfd, const char *name)
{
	_cleanup_closedir_ DIR *d = open_dir(o, dirfd, name);

	/* Replaced or removed meanwhile. */
	if (!d)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	if (o->depth == DEPTH_MAX)
		return -ELOOP;
	o->depth++;
	int r = chown_entries(o, d);
	o->depth--;
	return r;
}

int tree_chown(int fd, uid_t uid, gid_t gid)
{
	struct owner o = {.uid = uid, .gid = gid};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	o.device = st.st_dev;
	int r = S_ISDIR(st.st_mode) ? chown_dir(&o, fd, ".") : 0;
	if (r < 0 || is_owner(&o, &st))
		return r;
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}
