/* SPDX-License-Identifier: Apache-2.0 */

/* The containers of an engine, newest first. */

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container.h"
#include "engine/options.h"
#include "engine/remove.h"

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

static int read_container(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = container_read_record(c, &c->record, err);
	return r < 0 ? r : state_get(c->engine, &c->home, &c->state, err);
}

static bool is_wanted(const masu_container *c, const struct masu_list_options *o)
{
	const struct record *r = &c->record;

	if (!o->all && !state_is_alive(&c->state))
		return false;
	if (o->image && !streq(o->image, masu_container_image(c)) && !streq(o->image, r->image) &&
	    !(r->image_id && streq(o->image, r->image_id)))
		return false;
	STRV_FOREACH(label, o->labels)
		if (!oci_map_has(&r->labels, *label))
			return false;
	return true;
}

/* 0 also for one that cannot be read. */
static int add(masu_container_list *list, struct masu_engine *e, const char *id,
	       const struct masu_list_options *o, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	int r = container_new(e, id, &c, err);

	if (r < 0)
		return r;
	r = read_container(c, &own);
	if (r == -ENOMEM)
		return err_move(err, &own);
	if (r < 0) {
		if (r != -ENOENT && asprintf(&text, "cannot read container %.*s: %s",
					     ID_SHORT_LENGTH, id, own.message) >= 0)
			engine_notice(e, text);
		return 0;
	}
	/* After a reboot nobody has removed those that were to go when they exit. */
	bool leftover = c->record.auto_remove && c->state.status == MASU_STATUS_EXITED;
	if (leftover && home_hold(&c->home, e, 0) == 0)
		engine_settle(c, NULL);
	container_close(c);
	if (!leftover && is_wanted(c, o))
		list->item[list->n++] = TAKE_PTR(c);
	return 0;
}

static int compare_age(const void *a, const void *b)
{
	masu_container *const *x = a, *const *y = b;

	return ((*x)->record.created_ns < (*y)->record.created_ns) -
	       ((*x)->record.created_ns > (*y)->record.created_ns);
}

int masu_container_list_read(masu_engine *e, const struct masu_list_options *options,
			     masu_container_list **ret, masu_error *err)
{
	_cleanup_masu_container_list_ masu_container_list *list = calloc(1, sizeof(*list));
	_cleanup_strv_ char **ids = NULL;
	struct masu_list_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	r = o.all ? home_list(e, &ids, err) : home_list_started(e, &ids, err);
	if (r < 0)
		return r;
	if (list)
		list->item = calloc(strv_length(ids) + 1, sizeof(masu_container *));
	if (!list || !list->item)
		return err_sys(err, ENOMEM, "list the containers");
	STRV_FOREACH(id, ids) {
		r = add(list, e, *id, &o, err);
		if (r < 0)
			return r;
	}
	qsort(list->item, list->n, sizeof(masu_container *), compare_age);
	*ret = TAKE_PTR(list);
	return 0;
}
