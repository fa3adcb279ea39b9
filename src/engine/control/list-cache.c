/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/control/list-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/time.h"
#include "engine/container/health.h"
#include "engine/container/names.h"
#include "engine/container/restart.h"

#define CACHE_VERSION  "masu list 1 "
#define CACHE_SIZE_MAX ((size_t)256 << 20)
#define SETTLED_NS     (2 * NS_PER_S)
#define MISSES_MAX     16 /* that are not worth a new file */

/* In the file: the id, the size of the next fields, the inode, the ctime, the state, and the record. */
struct list_cache_entry {
	const char *id; /* in the text of the file, not terminated */
	struct unpack body;
	bool used;
};

static int64_t ctime_ns(const struct stat *st)
{
	return st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec;
}

void list_cache_done(struct list_cache *cache)
{
	fd_close(&cache->containers);
	fd_close(&cache->names);
	free(cache->text);
	free(cache->entries);
	strbuf_done(&cache->added);
	freezers_done(&cache->freezers);
	*cache = LIST_CACHE_INIT(cache->file, cache->status);
}

static int compare_ids(const void *a, const void *b)
{
	const struct list_cache_entry *x = a, *y = b;

	return memcmp(x->id, y->id, ID_LENGTH);
}

static void add_version(struct strbuf *b)
{
	char boot_id[37] = "";

	b->failed |= proc_boot_id(boot_id) < 0;
	(void)strbuf_addf(b, CACHE_VERSION "%s ", boot_id);
	record_pack_version(b);
	state_pack_version(b);
	(void)strbuf_add(b, "\n", 1);
}

static bool read_version(struct unpack *u)
{
	_cleanup_strbuf_ struct strbuf own = STRBUF_INIT;

	add_version(&own);
	const char *text = own.failed ? NULL : unpack_bytes(u, own.length);
	return text && memcmp(text, own.text, own.length) == 0;
}

/* Finds the entries in the text. False for one that ends too early. */
static bool read_entries(struct list_cache *cache, struct unpack *u)
{
	size_t room = 0;

	while (u->left) {
		const char *id = unpack_bytes(u, ID_LENGTH);
		int64_t size = unpack_number(u);
		const char *body = unpack_bytes(u, size > 0 ? (size_t)size : 0);

		if (!body || size <= 0)
			return false;
		if (cache->n == room) {
			void *grown;

			room = room ? 2 * room : 256;
			grown = reallocarray(cache->entries, room, sizeof(*cache->entries));
			if (!grown)
				return false;
			cache->entries = grown;
		}
		cache->entries[cache->n++] = (struct list_cache_entry){
			.id = id, .body = {.at = body, .left = (size_t)size}};
	}
	return true;
}

static void read_file(struct list_cache *cache, const struct masu_engine *e)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "%s", cache->file);
	struct unpack u = {0};

	if (!path || file_read(AT_FDCWD, path, CACHE_SIZE_MAX, &cache->text, &u.left) < 0)
		return;
	u.at = cache->text;
	if (!read_version(&u) || !read_entries(cache, &u))
		cache->n = 0;
	if (cache->n)
		qsort(cache->entries, cache->n, sizeof(*cache->entries), compare_ids);
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
	if (unpack_number(&u) != (int64_t)st->st_ino || unpack_number(&u) != ctime_ns(st))
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
	const struct list_cache_entry key = {.id = c->home.id};
	struct list_cache_entry *entry;
	struct stat st;

	entry = cache->n ? bsearch(&key, cache->entries, cache->n, sizeof(key), compare_ids) : NULL;
	if (!entry || fstatat(cache->containers, c->home.id, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (!read_body(entry->body, &st, c) || !is_true(cache, c)) {
		record_done(&c->record);
		state_done(&c->state);
		return false;
	}
	cache->used += !entry->used;
	entry->used = true;
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
	       ctime_ns(before) <= time_now() - SETTLED_NS;
}

static void add_entry(struct strbuf *b, const char *id, const char *body, size_t size)
{
	(void)strbuf_add(b, id, ID_LENGTH); /* the buffer keeps the failure */
	fields_pack_number((int64_t)size, b);
	(void)strbuf_add(b, body, size);
}

void list_cache_add(struct list_cache *cache, const masu_container *c, const struct stat *before)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!may_cache(cache, c, before))
		return;
	fields_pack_number((int64_t)before->st_ino, &b);
	fields_pack_number(ctime_ns(before), &b);
	state_pack(&c->state, &b);
	record_pack(&c->record, &b);
	if (b.failed)
		return;
	add_entry(&cache->added, c->home.id, b.text, b.length);
	cache->n_added++;
}

/* A fixed name, so that a killed process leaves one file at most: the next one replaces it. */
static int replace_file(const char *path, const struct strbuf *b)
{
	_cleanup_free_ char *draft = str_printf("%s.new", path);
	_cleanup_close_ int fd = draft ? open(draft, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
					      0600)
				       : -1;

	/* Another process may write it now, or have just published it. */
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !file_is_at(fd, AT_FDCWD, draft) ||
	    ftruncate(fd, 0) < 0)
		return -errno;
	int r = fd_write_full(fd, b->text, b->length);
	if (r < 0 || rename(draft, path) < 0) {
		(void)unlink(draft); /* the first error is returned */
		return r < 0 ? r : -errno;
	}
	return 0;
}

void list_cache_close(struct list_cache *cache, const struct masu_engine *e)
{
	_cleanup_free_ char *path = paths_run(&e->paths, "%s", cache->file);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	/* Those that were not used are of removed or changed containers. */
	if (cache->n_added + (cache->n - cache->used) <= MISSES_MAX || cache->added.failed)
		return;
	add_version(&b);
	for (size_t i = 0; i < cache->n; i++)
		if (cache->entries[i].used)
			add_entry(&b, cache->entries[i].id, cache->entries[i].body.at,
				  cache->entries[i].body.left);
	if (cache->n_added)
		(void)strbuf_add(&b, cache->added.text, cache->added.length);
	if (path && !b.failed && b.length <= CACHE_SIZE_MAX)
		(void)replace_file(path, &b); /* the next list tries again */
}
