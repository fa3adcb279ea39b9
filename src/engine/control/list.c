/* SPDX-License-Identifier: Apache-2.0 */

/* The containers of an engine, newest first. */

#include <errno.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/size.h"
#include "engine/control/list-cache.h"
#include "engine/control/list-filter.h"
#include "engine/control/remove.h"
#include "engine/options.h"

/* Fewer containers are read faster than the cache. */
#define CACHE_MIN 16

/* A list that is being read. */
struct reading {
	struct masu_engine *e;
	struct list_filter filter;
	struct list_cache running, exited;
	masu_container_list *list;
};

void masu_container_list_free(masu_container_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		masu_container_free(l->item[i]);
	free(l->item);
	free(l);
}

size_t masu_container_list_count(const masu_container_list *l)
{
	return l->n;
}

masu_container *masu_container_list_get(const masu_container_list *l, size_t index)
{
	return index < l->n ? l->item[index] : NULL;
}

/* The directory of a cached container is not open. The filter does not need it then: open_caches(). */
static bool takes_record(const struct reading *l, const masu_container *c)
{
	return list_filter_takes_record(&l->filter, &c->record) &&
	       list_filter_takes_policy(&l->filter, &c->record, c->home.fd);
}

/* After a reboot nobody has removed those that were to go when they exit. */
static bool is_leftover(const masu_container *c)
{
	return c->record.auto_remove && c->state.status == MASU_STATUS_EXITED;
}

/* Reads the state. If a supervisor was killed, its clean-up comes first: a list needs no sweep before it. */
static int look(masu_container *c, struct masu_error *err)
{
	int r = container_look(c, err);

	if (r < 0 || !c->state.unsettled || state_is_alive(&c->state) || is_leftover(c) ||
	    home_hold(&c->home, c->engine, 0) < 0)
		return r;
	engine_settle(c, NULL);
	home_release(&c->home);
	return container_look(c, err);
}

/* 1, or 0 if the filter does not take it. */
static int read_files(masu_container *c, struct reading *l, struct masu_error *err)
{
	struct stat before;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	if (fstat(c->home.fd, &before) < 0)
		return err_sys(err, errno, "open the directory of the container");
	r = container_read_record(c, &c->record, err);
	if (r < 0 || !takes_record(l, c))
		return r;
	r = look(c, err);
	if (r < 0)
		return r;
	list_cache_add(&l->running, c, &before);
	list_cache_add(&l->exited, c, &before);
	return list_filter_takes_state(&l->filter, &c->state, c->health);
}

static int read_container(masu_container *c, struct reading *l, struct masu_error *err)
{
	if (!list_cache_get(&l->running, c) && !list_cache_get(&l->exited, c))
		return read_files(c, l, err);
	return takes_record(l, c) && list_filter_takes_state(&l->filter, &c->state, c->health);
}

/* 0 also for one that cannot be read. */
static int add(struct reading *l, const char *id, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	int r = container_new(l->e, id, &c, err);

	if (r < 0)
		return r;
	r = read_container(c, l, &own);
	if (r == -ENOMEM)
		return err_move(err, &own);
	if (r < 0) {
		if (r != -ENOENT && asprintf(&text, "cannot read container %.*s: %s",
					     ID_SHORT_LENGTH, id, own.message) >= 0)
			engine_notice(l->e, text);
		return 0;
	}
	bool leftover = is_leftover(c);
	if (leftover && home_hold(&c->home, l->e, 0) == 0)
		engine_settle(c, NULL);
	container_close(c);
	fd_close(&c->state.pidfd); /* a list of thousands must not need a descriptor for each */
	if (!leftover && r)
		l->list->item[l->list->n++] = TAKE_PTR(c);
	return 0;
}

static int compare_age(const void *a, const void *b)
{
	masu_container *const *x = a, *const *y = b;

	return ((*x)->record.created_ns < (*y)->record.created_ns) -
	       ((*x)->record.created_ns > (*y)->record.created_ns);
}

/* The filter for the start at boot looks into the directories of containers with a restart policy. */
static void open_caches(struct reading *l, size_t n)
{
	if (n <= CACHE_MIN || l->filter.o.start_on_boot != MASU_ANY)
		return;
	list_cache_open(&l->running, l->e);
	if (l->filter.o.all)
		list_cache_open(&l->exited, l->e);
}

static int add_all(struct reading *l, char *const *ids, struct masu_error *err)
{
	size_t n = strv_length(ids);

	l->list->item = calloc(n + 1, sizeof(masu_container *));
	if (!l->list->item)
		return err_oom(err);
	open_caches(l, n);
	STRV_FOREACH(id, ids) {
		int r = add(l, *id, err);

		if (r < 0)
			return r;
	}
	list_cache_close(&l->running, l->e);
	list_cache_close(&l->exited, l->e);
	qsort(l->list->item, l->list->n, sizeof(masu_container *), compare_age);
	return 0;
}

static void reading_done(struct reading *l)
{
	list_filter_done(&l->filter);
	list_cache_done(&l->running);
	list_cache_done(&l->exited);
	masu_container_list_free(l->list);
}

static void keep_newest(masu_container_list *list, size_t n)
{
	while (list->n > n)
		masu_container_free(list->item[--list->n]);
}

int masu_container_list_read(masu_engine *e, const struct masu_list_options *options,
			     masu_container_list **ret, masu_error *err)
{
	_cleanup_(reading_done) struct reading l = {
		.e = e,
		.running = LIST_CACHE_INIT("running", MASU_STATUS_RUNNING),
		.exited = LIST_CACHE_INIT("exited", MASU_STATUS_EXITED),
		.list = calloc(1, sizeof(masu_container_list))};
	_cleanup_strv_ char **ids = NULL;
	struct masu_list_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0 && !l.list)
		r = err_oom(err);
	if (r == 0)
		r = list_filter_init(&l.filter, e, &o, err);
	if (r < 0)
		return r;
	r = l.filter.o.all ? home_list(e, &ids, err) : home_list_live(e, &ids, err);
	if (r == 0)
		r = add_all(&l, ids, err);
	if (r < 0)
		return r;
	if (o.last)
		keep_newest(l.list, o.last);
	*ret = TAKE_PTR(l.list);
	return 0;
}

uint64_t masu_container_list_reclaimed(const masu_container_list *list)
{
	return list->reclaimed;
}

/* One for each container; zeros if they cannot be measured. */
static uint64_t *measure(masu_engine *e, const masu_container_list *list)
{
	uint64_t *sizes = calloc(list->n + 1, sizeof(*sizes));
	_cleanup_strv_ char **paths = NULL;

	for (size_t i = 0; i < list->n; i++)
		if (strv_pushf(&paths, "containers/%s", list->item[i]->home.id) < 0)
			return sizes;
	if (sizes)
		(void)size_measure(e, paths, sizes, NULL);
	return sizes;
}

/* A box that is left for a while is not unused: only a filter that names the label of boxes selects them. */
static bool names_boxes(char *const *labels)
{
	STRV_FOREACH(label, labels) {
		const char *rest = str_after(*label, MASU_BOX_LABEL);

		if (rest && (!*rest || *rest == '='))
			return true;
	}
	return false;
}

static int exclude_boxes(const struct masu_list_options *o, char ***ret)
{
	_cleanup_strv_ char **labels = NULL;

	if (names_boxes(o->labels))
		return strv_extend(ret, o->not_labels);
	if (strv_extend(&labels, o->not_labels) < 0 || strv_push(&labels, MASU_BOX_LABEL) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(labels);
	return 0;
}

int masu_container_prune(masu_engine *e, const struct masu_list_options *given,
			 masu_container_list **ret, masu_error *err)
{
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	_cleanup_strv_ char **not_labels = NULL;
	struct masu_list_options options;
	int r = options_take(&options, sizeof(options), given, err);

	if (r < 0)
		return r;
	if (exclude_boxes(&options, &not_labels) < 0)
		return err_oom(err);
	options.not_labels = not_labels;
	options.statuses = 1u << MASU_STATUS_CREATED | 1u << MASU_STATUS_EXITED;
	options.size = sizeof(options);
	r = masu_container_list_read(e, &options, &list, err);
	if (r < 0)
		return r;
	_cleanup_free_ uint64_t *sizes = measure(e, list);
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++) {
		masu_container *c = list->item[i];

		r = r < 0 ? r : container_remove_idle(c, err);
		if (r > 0) {
			list->item[n++] = c;
			list->reclaimed += sizes ? sizes[i] : 0;
		} else {
			masu_container_free(c);
		}
	}
	list->n = n;
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}
