/* SPDX-License-Identifier: Apache-2.0 */

/* The removal of a volume, with force also of the containers that mount it. */

#include <errno.h>

#include "base/strv.h"
#include "engine/control/remove.h"
#include "engine/volume/volume.h"

static int in_use(const char *name, char *const *users, struct masu_error *err)
{
	int r = err_set(err, ERR_CONFLICT, EBUSY,
			"cannot remove volume '%s': container '%s' uses it", name, users[0]);

	(void)err_hint(err, "remove the container first (masu rm %s), or use --force", users[0]);
	return r;
}

static int remove_users(struct masu_engine *e, char *const *users, struct masu_error *err)
{
	STRV_FOREACH(user, users) {
		int r = container_purge(e, *user, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int masu_volume_remove(masu_engine *e, const char *name, bool force, masu_error *err)
{
	for (;;) {
		_cleanup_strv_ char **users = NULL;
		int r = volume_remove_unused(e, name, &users, err);

		if (r == -ENOENT && force) {
			err_done(err);
			return 0;
		}
		if (r < 0 || !users)
			return r;
		if (!force)
			return in_use(name, users, err);
		r = remove_users(e, users, err);
		if (r < 0)
			return r;
	}
}
