/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "linux/sub-ids.h"
#include "storage/notices.h"

void engine_done(struct engine *e)
{
	paths_done(&e->paths);
	idmap_done(&e->idmap);
	*e = (struct engine){0};
}

void engine_notice(const struct engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->notice_arg, text, false);
}

void engine_notice_host(const struct engine *e, const char *text)
{
	if (e->notice && text)
		e->notice(e->notice_arg, text, notices_told(&e->paths, text));
}

int engine_init(struct engine *ret, engine_notice_fn *notice, void *arg, struct err *err)
{
	_cleanup_free_ char *said = NULL;
	struct engine e = {.notice = notice, .notice_arg = arg};
	int r = paths_init(&e.paths, &said, err);

	if (r < 0)
		return r;
	engine_notice_host(&e, said);
	*ret = e;
	return 0;
}

int engine_load_idmap(struct engine *e, struct err *err)
{
	_cleanup_free_ char *said = NULL;

	if (e->has_idmap)
		return 0;
	int r = sub_ids_map(&e->idmap, &said, err);
	if (r < 0)
		return r;
	e->has_idmap = true;
	engine_notice_host(e, said);
	return 0;
}
