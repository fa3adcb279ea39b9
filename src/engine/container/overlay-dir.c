/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/overlay-dir.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"

char *overlay_dir_name(size_t index)
{
	return str_printf("overlay-%zu", index);
}

int overlay_dirs_make(int dirfd, const struct record *record, struct masu_error *err)
{
	for (size_t i = 0; i < record->n_mounts; i++) {
		const char *name = record->mounts[i].overlay;

		if (!name)
			continue;
		_cleanup_free_ char *root = path_join(name, "root");
		if (!root)
			return err_oom(err);
		if (mkdirat(dirfd, name, 0700) < 0 || mkdirat(dirfd, root, 0700) < 0)
			return err_sys(err, errno, "create the container's directories");
	}
	return 0;
}
