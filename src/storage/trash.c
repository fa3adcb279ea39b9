/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/trash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/strv.h"
#include "linux/userns.h"

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
