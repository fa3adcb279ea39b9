/* SPDX-License-Identifier: Apache-2.0 */

/* Starting all containers of a list, as at boot. */

#include <errno.h>

#include "engine/container/container.h"
#include "engine/options.h"

/* Another process may have removed or started it since it was listed. */
static bool is_overtaken(masu_container *c)
{
	int r = masu_container_refresh(c, NULL);

	return r == -ENOENT ||
	       (r == 0 && (state_is_alive(&c->state) || c->state.status == MASU_STATUS_STARTING));
}

static int start_one(masu_container *c, masu_started_fn *started, void *userdata,
		     struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = masu_container_start(c, &own);

	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r < 0 && is_overtaken(c))
		return 0;
	if (started)
		started(userdata, c, r < 0 ? &own : NULL);
	return 0;
}

int masu_container_start_all(masu_engine *e, const struct masu_list_options *filter,
			     masu_started_fn *started, void *userdata, masu_error *err)
{
	static const unsigned int idle = 1u << MASU_STATUS_CREATED | 1u << MASU_STATUS_EXITED;
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	struct masu_list_options options;
	int r = options_take(&options, sizeof(options), filter, err);

	if (r < 0)
		return r;
	options.size = sizeof(options);
	options.statuses = options.statuses ? options.statuses & idle : idle;
	if (!options.statuses)
		return 0;
	r = masu_container_list_read(e, &options, &list, err);
	if (r < 0)
		return r;
	/* A container joins others by their ids, so these were created before it. */
	for (size_t i = list->n; i > 0; i--) {
		r = start_one(list->item[i - 1], started, userdata, err);
		if (r < 0)
			return r;
	}
	return 0;
}
