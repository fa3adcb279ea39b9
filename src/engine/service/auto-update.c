/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Updates of services. A service starts its container anew, by the name of an image. So an update moves the name to the
 * newer image and restarts the service, and a roll-back moves the name back and restarts it again. journal.h has the steps,
 * and their leftovers after a kill.
 */

#include <errno.h>

#include "base/str.h"
#include "engine/options.h"
#include "engine/service/journal.h"

struct run {
	struct masu_engine *e;
	const struct masu_auto_update_options *o;
	struct journal journal;
	char *finished; /* the unit of the interrupted update; NULL: none */
};

static void run_done(struct run *run)
{
	journal_done(&run->journal);
	free(run->finished);
}

const char *masu_updated_name(enum masu_updated updated)
{
	static const char *const names[] = {[MASU_UPDATED_NO] = "false",
					    [MASU_UPDATED_PENDING] = "pending",
					    [MASU_UPDATED_YES] = "true",
					    [MASU_UPDATED_FAILED] = "failed",
					    [MASU_UPDATED_ROLLED_BACK] = "rolled back"};

	return updated < ARRAY_SIZE(names) ? names[updated] : "?";
}

static void notice(const struct run *run, const char *unit, const char *text)
{
	_cleanup_free_ char *line = str_printf("unit \"%s\": %s", unit, text);

	engine_notice(run->e, line);
}

static void report(const struct run *run, const struct unit_group *group)
{
	for (size_t i = 0; run->o->updated && i < group->n; i++) {
		const struct candidate *c = &group->item[i];
		const struct masu_auto_update update = {
			.size = sizeof(update),
			.unit = str_or_empty(c->unit),
			.id = c->id,
			.name = c->container,
			.image = c->image,
			.policy = c->policy,
			.updated = c->updated,
			.error = c->err.code ? &c->err : NULL,
		};

		run->o->updated(run->o->userdata, &update);
	}
}

/* Copies the error to the containers of the unit that were to be updated. */
static void set_all(const struct unit_group *group, enum masu_updated updated,
		    const struct masu_error *err)
{
	for (size_t i = 0; i < group->n; i++) {
		struct candidate *c = &group->item[i];

		if (!c->newer)
			continue;
		c->updated = updated;
		if (err && !c->err.code)
			(void)err_set(&c->err, err->kind, err->code, "%s", err->message);
		if (err && err->hint && !c->err.hint)
			(void)err_hint(&c->err, "%s", err->hint);
	}
}

/* One container cannot be updated, or restored. It takes the error. */
static void fail(struct candidate *c, struct masu_error *own)
{
	(void)err_move(&c->err, own);
	c->updated = MASU_UPDATED_FAILED;
	free(TAKE_PTR(c->newer));
}

static size_t count_due(const struct unit_group *group)
{
	size_t n = 0;

	for (size_t i = 0; i < group->n; i++)
		n += group->item[i].newer != NULL;
	return n;
}

/*
 * Moves the names back. Returns the number of containers with their former image; -errno if the journal must stay, because
 * the next call may succeed.
 */
static int restore(const struct run *run, const struct unit_group *group,
		   const struct masu_error *reason, struct masu_error *err)
{
	int n = 0;

	for (size_t i = 0; i < group->n; i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;
		struct candidate *c = &group->item[i];

		if (!c->newer)
			continue;
		int r = journal_restore(&run->journal, c, &own);
		if (r == 0) {
			n++;
			continue;
		}
		(void)err_prefix(&own, "%s; no roll-back", reason->message);
		if (r != -ENOENT)
			return err_move(err, &own);
		fail(c, &own);
	}
	return n;
}

/* Goes back to the former images. -errno if it is canceled, or cannot be done now. */
static int roll_back(const struct run *run, const struct unit_group *group,
		     struct masu_error *reason, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int n = restore(run, group, reason, err), r = 0;

	if (n < 0)
		return n;
	if (n > 0) {
		notice(run, group->item[0].unit,
		       "the newer image failed; going back to the former one");
		unit_reset(group);
		r = unit_restart(run->e, group, "restart", &own);
	}
	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r < 0)
		(void)err_set(&own, own.kind, own.code, "%s; after the roll-back: %s",
			      reason->message, own.message);
	set_all(group, r < 0 ? MASU_UPDATED_FAILED : MASU_UPDATED_ROLLED_BACK,
		r < 0 ? &own : reason);
	return journal_end(&run->journal, err);
}

/* The newer images are in the store, by their names. */
static int restart(const struct run *run, const struct unit_group *group, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = unit_restart(run->e, group, "restart", &own);

	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r < 0 && !run->o->no_rollback)
		return roll_back(run, group, &own, err);
	set_all(group, r < 0 ? MASU_UPDATED_FAILED : MASU_UPDATED_YES, r < 0 ? &own : NULL);
	return run->o->no_rollback ? 0 : journal_end(&run->journal, err);
}

/* -ECANCELED, or 0: a failure concerns its container alone, whose image's name is unchanged. */
static int pull_all(const struct run *run, const struct unit_group *group, struct masu_error *err)
{
	for (size_t i = 0; i < group->n; i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;
		struct candidate *c = &group->item[i];

		if (!c->newer || candidate_pull(run->e, run->o, c, &own) == 0)
			continue;
		if (own.kind == ERR_SIGNAL)
			return err_move(err, &own);
		fail(c, &own);
	}
	return 0;
}

/* Before anything is changed: a unit that cannot be restarted gets no image. */
static int prepare(const struct run *run, const struct unit_group *group, struct masu_error *err)
{
	_cleanup_free_ char *state = NULL;
	const char *missing = NULL;
	int r = unit_state(group, &state, err);

	if (r == -ENOENT)
		(void)err_hint(err, "'masu auto-update' restarts units of the user that calls it");
	if (r == 0 && !run->o->no_rollback)
		r = journal_begin(&run->journal, group, &missing, err);
	if (missing)
		notice(run, group->item[0].unit,
		       "no roll-back is possible: the store no longer has the former image");
	return r;
}

static int update(const struct run *run, const struct unit_group *group, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = prepare(run, group, &own);

	if (r < 0 && own.kind == ERR_SIGNAL)
		return err_move(err, &own);
	if (r < 0) {
		set_all(group, MASU_UPDATED_FAILED, &own);
		return 0;
	}
	r = pull_all(run, group, err);
	if (r < 0)
		return r;
	if (count_due(group))
		return restart(run, group, err);
	return run->o->no_rollback ? 0 : journal_end(&run->journal, err);
}

static int handle(const struct run *run, const struct unit_group *group, struct masu_error *err)
{
	int r = 0;

	if (run->finished && group->item[0].unit && streq(run->finished, group->item[0].unit))
		return 0;
	for (size_t i = 0; r == 0 && i < group->n; i++) {
		struct candidate *c = &group->item[i];

		r = candidate_check(run->e, run->o, c, err);
		if (c->err.code)
			c->updated = MASU_UPDATED_FAILED;
	}
	if (r == 0 && run->o->dry_run)
		set_all(group, MASU_UPDATED_PENDING, NULL);
	else if (r == 0 && count_due(group))
		r = update(run, group, err);
	if (r == 0)
		report(run, group);
	return r;
}

/* Containers without a unit are groups of their own. */
static int handle_all(const struct run *run, const struct candidates *all, struct masu_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->n;) {
		struct unit_group group = {.item = &all->item[i], .n = 1};
		const char *unit = group.item[0].unit;

		while (unit && i + group.n < all->n && streq(all->item[i + group.n].unit, unit))
			group.n++;
		i += group.n;
		r = handle(run, &group, err);
	}
	return r;
}

/* 0: it works; 1: it has failed; 2: nobody wants it to run. -errno. */
static int judge(const struct run *run, const struct unit_group *group, struct masu_error *reason,
		 struct masu_error *err)
{
	_cleanup_free_ char *state = NULL;
	int r = unit_state(group, &state, err);

	if (r == -ENOENT) {
		err_done(err);
		return 2;
	}
	if (r < 0)
		return r;
	if (streq(state, "inactive"))
		return 2;
	r = unit_restart(run->e, group, "start", reason);
	if (r < 0 && reason->kind == ERR_SIGNAL)
		return err_move(err, reason);
	return r < 0;
}

/* Finishes the update of a call that was killed or canceled. */
static int finish_interrupted(struct run *run, struct masu_error *err)
{
	_cleanup_candidates_ struct candidates left = {0};
	_cleanup_err_ struct masu_error reason = ERR_INIT;
	int r = journal_read(&run->journal, &left, err);

	if (r <= 0)
		return r;
	const struct unit_group group = {.item = left.item, .n = left.n};
	const char *unit = left.item[0].unit;
	for (size_t i = 0; i < left.n; i++)
		if (!(left.item[i].newer = strdup(""))) /* each was to be updated */
			return err_oom(err);
	r = judge(run, &group, &reason, err);
	if (r < 0)
		return err_prefix(err, "cannot finish the interrupted update of unit \"%s\"", unit);
	if (r != 1) {
		notice(run, unit, "finished the update that was interrupted");
		return journal_end(&run->journal, err);
	}
	r = roll_back(run, &group, &reason, err);
	if (r < 0)
		return r;
	report(run, &group);
	run->finished = strdup(unit);
	return run->finished ? 0 : err_oom(err);
}

static int look_for_interrupted(const struct run *run, struct masu_error *err)
{
	_cleanup_candidates_ struct candidates left = {0};
	int r = journal_read(&run->journal, &left, err);

	if (r > 0)
		notice(run, left.item[0].unit,
		       "its update was interrupted; 'masu auto-update' finishes it");
	return MIN(r, 0);
}

int masu_auto_update(masu_engine *e, const struct masu_auto_update_options *options,
		     masu_error *err)
{
	_cleanup_candidates_ struct candidates all = {0};
	struct masu_auto_update_options o;
	_cleanup_(run_done) struct run run = {.e = e, .o = &o, .journal = JOURNAL_INIT};
	int r = options_take(&o, sizeof(o), options, err);

	if (r == 0)
		r = journal_open(e, !o.dry_run, &run.journal, err);
	if (r == 0)
		r = o.dry_run ? look_for_interrupted(&run, err) : finish_interrupted(&run, err);
	if (r == 0)
		r = candidates_read(e, &all, err);
	if (r == 0)
		r = handle_all(&run, &all, err);
	return r < 0 || o.dry_run ? r : journal_unpin(&run.journal, err);
}
