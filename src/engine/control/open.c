/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/control/remove.h"
#include "engine/engine.h"
#include "engine/options.h"

int masu_engine_open(const struct masu_engine_options *options, masu_engine **ret, masu_error *err)
{
	_cleanup_masu_engine_ struct masu_engine *e = calloc(1, sizeof(*e));
	_cleanup_free_ char *notice = NULL;
	struct masu_engine_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!e)
		return err_oom(err);
	e->notice = o.notice;
	e->userdata = o.userdata;
	e->no_settings = e->has_conf = o.no_settings;
	e->cancel_fd = o.cancel_fd > 0 ? o.cancel_fd : -1;
	r = paths_init(&e->paths, &notice, err);
	if (r < 0)
		return r;
	engine_notice_host(e, notice);
	if (!o.no_sweep)
		engine_sweep(e);
	*ret = TAKE_PTR(e);
	return 0;
}
