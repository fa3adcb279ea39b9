/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volume.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/home.h"
#include "engine/container/names.h"
#include "engine/container/record.h"
#include "engine/name.h"

/* Does a container mount the volume? NULL stands for all volumes: their names are added. */
static int add_users(const struct masu_engine *e, const char *id, const char *name, char ***ret,
		     struct masu_error *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_record_ struct record record = {0};
	int r = home_open(e, id, &home, err);

	if (r == 0)
		r = record_read(home.fd, &record, err);
	if (r == 0)
		r = names_correct(e, id, &record.name);
	if (r == -ENOENT) { /* removed meanwhile */
		err_done(err);
		return 0;
	}
	if (r < 0)
		return err_prefix(err, "cannot tell which volumes container %.*s uses",
				  ID_SHORT_LENGTH, id);
	for (size_t i = 0; i < record.n_mounts; i++) {
		const char *mounted = record.mounts[i].volume;

		if (!mounted || (name && !streq(mounted, name)))
			continue;
		if (strv_push(ret, name ? record.name : mounted) < 0)
			return err_oom(err);
		if (name)
			break;
	}
	return 0;
}

int volume_users(const struct masu_engine *e, const char *name, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL, **found = NULL;
	int r = home_list(e, &ids, err);

	if (r < 0)
		return r;
	STRV_FOREACH(id, ids) {
		r = add_users(e, *id, name, &found, err);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(found);
	return 0;
}
