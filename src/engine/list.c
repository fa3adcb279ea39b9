/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/list.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "engine/home.h"
#include "engine/remove.h"

void listed_done(struct listed *l)
{
	record_done(&l->record);
	state_done(&l->state);
}

void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		listed_done(&l->item[i]);
	free(l->item);
	*l = (struct listing){0};
}

static int read_one(struct engine *e, const char *id, struct listed *ret, bool *ret_ended,
		    struct err *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_listed_ struct listed l = {.state = STATE_INIT};
	int r = home_open(e, id, &home, err);

	if (r == 0)
		r = record_read(home.fd, &l.record, err);
	if (r == 0)
		r = state_get(e, &home, &l.state, err);
	if (r < 0)
		return r;
	memcpy(l.id, home.id, sizeof(l.id));
	/* After a reboot nobody has cleaned up after those that were to go with their end. */
	*ret_ended = l.record.auto_remove && l.state.status == STATUS_EXITED;
	if (*ret_ended && home_hold(&home, e, 0) == 0)
		engine_settle(e, &home);
	*ret = l;
	l = (struct listed){.state = STATE_INIT};
	return 0;
}

int engine_look_up(struct engine *e, const char *what, struct listed *ret, struct err *err)
{
	char id[ID_LENGTH + 1];
	bool ended;
	int r = home_find(e, what, id, err);

	return r < 0 ? r : read_one(e, id, ret, &ended, err);
}

static int compare_age(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return (x->record.created_ns < y->record.created_ns) -
	       (x->record.created_ns > y->record.created_ns);
}

/* 0 also for one that can't be read. */
static int add_one(struct engine *e, const char *id, bool all, struct listing *list,
		   struct err *err)
{
	_cleanup_err_ struct err own = ERR_INIT;
	struct listed *next = &list->item[list->n];
	bool ended;
	int r = read_one(e, id, next, &ended, &own);

	if (r == -ENOMEM)
		return err_move(err, &own);
	if (r < 0) {
		_cleanup_free_ char *text = NULL;

		if (r != -ENOENT && asprintf(&text, "container %.*s can't be read: %s",
					     ID_SHORT_LENGTH, id, own.message) >= 0)
			engine_notice(e, text);
		return 0;
	}
	if (ended || (!all && next->state.status != STATUS_RUNNING))
		listed_done(next);
	else
		list->n++;
	return 0;
}

int engine_list(struct engine *e, bool all, struct listing *ret, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	_cleanup_listing_ struct listing list = {0};
	int r = all ? home_list(e, &ids, err) : home_list_started(e, &ids, err);

	if (r < 0)
		return r;
	list.item = calloc(strv_length(ids) + 1, sizeof(*list.item));
	if (!list.item)
		return err_sys(err, ENOMEM, "list the containers");
	STRV_FOREACH(id, ids)
		if (r == 0)
			r = add_one(e, *id, all, &list, err);
	if (r < 0)
		return r;
	qsort(list.item, list.n, sizeof(*list.item), compare_age);
	*ret = list;
	list = (struct listing){0};
	return 0;
}
