/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/tree.h"

#define DEPTH_MAX 1024

struct size {
	dev_t device;
	unsigned int depth;
	double bytes; /* a file of n names counts n times an nth part */
};

static int add_dir(struct size *s, int dirfd, const char *name);

static int add_file(struct size *s, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* removed meanwhile */
	if (st.st_dev != s->device)
		return 0;
	if (S_ISDIR(st.st_mode))
		return add_dir(s, dirfd, name);
	if (S_ISREG(st.st_mode))
		s->bytes += (double)st.st_size / (double)st.st_nlink;
	return 0;
}

static int add_entries(struct size *s, DIR *d)
{
	for (const struct dirent *entry; (entry = file_next_entry(d));) {
		int r = add_file(s, dirfd(d), entry->d_name);

		if (r < 0)
			return r;
	}
	return -errno;
}

static int add_dir(struct size *s, int dirfd, const char *name)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, name);

	if (!d)
		return errno == ENOENT && s->depth ? 0 : -errno;
	if (s->depth == DEPTH_MAX)
		return -ELOOP;
	s->depth++;
	int r = add_entries(s, d);
	s->depth--;
	return r;
}

int tree_size(int dirfd, const char *name, uint64_t *ret_bytes)
{
	struct size s = {0};
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	s.device = st.st_dev;
	int r = add_dir(&s, dirfd, name);
	if (r == 0)
		*ret_bytes = (uint64_t)(s.bytes + 0.5);
	return r;
}
