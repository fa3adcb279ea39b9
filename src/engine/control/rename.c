/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/container/names.h"

/* Until the container exits, another one with the old name must use another scope. 1 if this call has kept it, or 0. */
static int keep_scope(const masu_container *c, const char *name, struct masu_error *err)
{
	_cleanup_state_ struct state state = STATE_INIT;
	_cleanup_free_ char *scope = NULL;

	if (!home_is_held(&c->home))
		return 0;
	int r = state_get(c->engine, &c->home, &state, err);
	if (r < 0 || (state_is_alive(&state) && !state.run.cgroup))
		return r;
	scope = state.run.cgroup ? state_group(&state) : str_printf("masu-%s.scope", name);
	r = scope ? names_keep_scope(c->engine, &c->home, scope) : -ENOMEM;
	return r < 0 ? err_sys(err, r, "keep the scope of container '%s'", name) : r;
}

/* With the name of its scope again, the container needs no link: nobody else can have the name. */
static void release_scope(const masu_container *c, const char *name)
{
	_cleanup_free_ char *scope = str_printf("masu-%s.scope", name);
	char id[ID_LENGTH + 1];

	if (scope && names_find_scope(c->engine, scope, id) == 0 && streq(id, c->home.id))
		names_release_scope(c->engine, &c->home);
}

/* The link to the name counts. If it cannot be taken back after a failure of the record, the container is renamed. */
static int move(masu_container *c, struct record *record, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *old = TAKE_PTR(record->name);
	int r = home_move_name(c->engine, &c->home, old, name, err);

	if (r < 0)
		return r;
	record->name = strdup(name);
	r = record->name ? record_write(c->home.fd, record, !record->auto_remove, err)
			 : err_oom(err);
	if (r == 0 || home_move_name(c->engine, &c->home, name, old, NULL) == 0 || !record->name)
		return r;
	err_done(err);
	return 0;
}

static int rename_opened(masu_container *c, const char *name, struct masu_error *err)
{
	_cleanup_close_ int lock = file_lock_or_cancel(c->home.fd, RECORD_LOCK, LOCK_EX,
						       c->engine->cancel_fd);
	_cleanup_record_ struct record record = {0};

	if (lock < 0)
		return err_sys(err, lock, "rename container '%s'", c->record.name);
	int r = container_read_record(c, &record, err);
	if (r < 0)
		return r;
	int kept = keep_scope(c, record.name, err);
	if (kept < 0)
		return kept;
	r = move(c, &record, name, err);
	if (r < 0) {
		if (kept) /* it may have been removed meanwhile, too */
			names_release_scope(c->engine, &c->home);
		return r;
	}
	_cleanup_free_ char *old = c->record.name;
	c->record.name = TAKE_PTR(record.name);
	release_scope(c, name);
	event_container(c, &(struct masu_event){.action = "rename", .old_name = old});
	return 0;
}

int masu_container_rename(masu_container *c, const char *name, masu_error *err)
{
	int r = name_check(name, "container", err);

	if (r == 0)
		r = container_open(c, err);
	if (r < 0)
		return r;
	r = rename_opened(c, name, err);
	container_close(c);
	return r;
}
