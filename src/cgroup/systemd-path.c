/* SPDX-License-Identifier: Apache-2.0 */

/* The form of linux.cgroupsPath that names a slice and a scope of systemd. */

#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "cgroup/manager.h"
#include "systemd/unit-name.h"

int cgroup_parse_systemd_path(const char *path, const char *id, char **ret_slice, char **ret_scope,
			      struct masu_error *err)
{
	_cleanup_free_ char *slice = NULL, *scope = NULL;
	_cleanup_strv_ char **parts = NULL;
	int r;

	if (!path) {
		r = unit_name_make("masu", id, ".scope", &scope);
	} else {
		parts = strv_split(path, ":");
		if (!parts)
			return err_sys(err, ENOMEM, "read the cgroup path '%s'", path);
		if (strv_length(parts) != 3 || !*parts[2])
			return err_set(err, ERR_INVALID, EINVAL,
				       "the cgroup path '%s' is not SLICE:PREFIX:NAME, as the "
				       "systemd cgroup manager needs it",
				       path);
		r = unit_name_make(parts[1], parts[2], ".scope", &scope);
	}
	if (r < 0)
		return err_sys(err, r, "make a scope's name of '%s'", path ? path : id);
	if (parts && *parts[0]) {
		if (!unit_name_is_valid(parts[0], ".slice"))
			return err_set(err, ERR_INVALID, EINVAL, "bad slice '%s' in '%s'", parts[0],
				       path);
		slice = strdup(parts[0]);
		if (!slice)
			return err_sys(err, ENOMEM, "read the cgroup path '%s'", path);
	}
	*ret_slice = TAKE_PTR(slice);
	*ret_scope = TAKE_PTR(scope);
	return 0;
}
