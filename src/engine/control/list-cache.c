/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/control/list-cache.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/str.h"
#include "engine/container/health.h"
#include "engine/container/names.h"
#include "engine/container/restart.h"

void list_cache_done(struct list_cache *cache)
{
	fd_close(&cache->containers);
	fd_close(&cache->names);
	pack_file_done(&cache->content);
	freezers_done(&cache->freezers);
	*cache = LIST_CACHE_INIT(cache->file, cache->status);
}

/* NULL for no memory. */
static char *version(void)
{
	struct strbuf b = STRBUF_INIT;

	record_pack_version(&b);
	state_pack_version(&b);
	return strbuf_take(&b);
}

static void read_file(struct list_cache *cache, const struct masu_engine *e)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "%s", cache->file);
	_cleanup_free_ char *own = version();

	if (path && own)
		pack_file_read(&cache->content, path, own);
}

void list_cache_open(struct list_cache *cache, const struct masu_engine *e)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "containers");

	cache->containers = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (cache->containers < 0)
		return;
	cache->names = names_open(cache->containers);
	if (cache->names >= 0)
		read_file(cache, e);
}

static bool read_body(struct unpack u, const struct stat *st, masu_container *c)
{
	if (!pack_file_same_stat(st, &u))
		return false;
	state_unpack(&u, &c->state);
	record_unpack(&u, &c->record);
	return !u.failed && !u.left && c->record.name && c->record.image;
}

static bool is_true(struct list_cache *cache, const masu_container *c)
{
	return c->state.status == cache->status &&
	       names_lead_to(cache->names, c->record.name, c->home.id) &&
	       (cache->status == MASU_STATUS_EXITED ||
		container_state_runs(&c->state.run, &cache->freezers) == 1);
}

bool list_cache_get(struct list_cache *cache, masu_container *c)
{
	struct pack_entry *entry = pack_file_find(&cache->content, c->home.id);
	struct stat st;

	if (!entry || fstatat(cache->containers, c->home.id, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (!read_body(entry->body, &st, c) || !is_true(cache, c)) {
		record_done(&c->record);
		state_done(&c->state);
		return false;
	}
	pack_file_keep(&cache->content, entry);
	return true;
}

static bool has_ended(const masu_container *c)
{
	const struct state *s = &c->state;

	return s->finished_ns && !s->unsettled && !s->ports.n && !restart_is_possible(&c->record) &&
	       !c->record.auto_remove;
}

static bool may_cache(const struct list_cache *cache, const masu_container *c,
		      const struct stat *before)
{
	return cache->names >= 0 && c->state.status == cache->status &&
	       !health_is_checked(&c->record) &&
	       (cache->status == MASU_STATUS_RUNNING || has_ended(c)) &&
	       pack_file_is_settled(before);
}

void list_cache_add(struct list_cache *cache, const masu_container *c, const struct stat *before)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!may_cache(cache, c, before))
		return;
	pack_file_add_stat(before, &b);
	state_pack(&c->state, &b);
	record_pack(&c->record, &b);
	pack_file_add(&cache->content, c->home.id, &b);
}

void list_cache_close(struct list_cache *cache, const struct masu_engine *e)
{
	if (cache->names < 0)
		return;
	_cleanup_free_ char *path = paths_run(&e->paths, "%s", cache->file);
	_cleanup_free_ char *own = version();
	if (path && own)
		pack_file_write(&cache->content, path, own);
}
