/* SPDX-License-Identifier: Apache-2.0 */

/* --requires: other containers, by name or id. */

#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/create/draft.h"

int draft_requires(struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		   struct masu_error *err)
{
	STRV_FOREACH(name, o->required) {
		_cleanup_masu_container_ masu_container *c = NULL;
		int r = masu_container_find(e, *name, &c, err);

		if (r < 0)
			return err_prefix(err, "--requires");
		if (!strv_contains(d->record.required, c->home.id) &&
		    strv_push(&d->record.required, c->home.id) < 0)
			return err_oom(err);
	}
	return 0;
}
