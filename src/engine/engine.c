/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <errno.h>

#include "engine/options.h"
#include "engine/remove.h"
#include "linux/sub-ids.h"
#include "storage/notices.h"

const char *masu_version(void)
{
	return MASU_VERSION;
}

void masu_engine_free(masu_engine *e)
{
	if (!e)
		return;
	paths_done(&e->paths);
	idmap_done(&e->idmap);
	free(e);
}

void engine_notice(const struct engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->userdata, text, false);
}

void engine_notice_host(const struct engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->userdata, text, notices_told(&e->paths, text));
}

int masu_engine_open(const struct masu_engine_options *options, masu_engine **ret, masu_error *err)
{
	_cleanup_masu_engine_ struct engine *e = calloc(1, sizeof(*e));
	_cleanup_free_ char *notice = NULL;
	struct masu_engine_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!e)
		return err_sys(err, ENOMEM, "open the engine");
	e->notice = o.notice;
	e->userdata = o.userdata;
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

int engine_load_idmap(struct engine *e, struct err *err)
{
	_cleanup_free_ char *notice = NULL;

	if (e->has_idmap)
		return 0;
	int r = sub_ids_map(&e->idmap, &notice, err);
	if (r < 0)
		return r;
	e->has_idmap = true;
	engine_notice_host(e, notice);
	return 0;
}
