/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "linux/sub-ids.h"
#include "oci/spec.h"
#include "storage/notices.h"

const char *masu_version(void)
{
	return MASU_VERSION;
}

const char *masu_oci_version(void)
{
	return OCI_VERSION;
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
