/* SPDX-License-Identifier: Apache-2.0 */

/* The secrets of a container, as its record has them: names and targets, never bytes. */

#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/options.h"
#include "engine/secret/secret-store.h"
#include "runtime/container.h"

#define MODE_DEFAULT 0444

static int check_exists(const struct masu_engine *e, const char *name, struct masu_error *err)
{
	_cleanup_secret_ struct masu_secret s = {0};
	int r = secret_read(e, name, &s, err);

	if (r == -ENOENT)
		(void)err_hint(err, "masu secret create %s FILE", name);
	return r;
}

static int bad_target(const struct masu_secret_use *use, const char *reason, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "invalid target '%s' of secret '%s': %s",
		       use->target, use->name, reason);
}

static int set_variable(struct record_secret *s, const struct masu_secret_use *use,
			struct masu_error *err)
{
	const char *name = use->target ? use->target : use->name;

	if (!*name || strchr(name, '=') || str_has_control(name))
		return bad_target(use, "not the name of a variable", err);
	if (use->uid || use->gid || use->has_mode)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a variable has no uid, gid and mode: secret '%s'", use->name);
	s->env = true;
	s->target = strdup(name);
	return s->target ? 0 : err_oom(err);
}

static bool is_reserved(const char *target)
{
	const char *below_proc = str_after(target, "/proc");

	return streq(target, "/") || streq(target, SECRETS_DIR) ||
	       (below_proc && (!*below_proc || *below_proc == '/'));
}

static int set_file(struct record_secret *s, const struct masu_secret_use *use,
		    struct masu_error *err)
{
	const char *name = use->target ? use->target : use->name;

	s->target = *name == '/' ? strdup(name) : path_join(SECRETS_DIR, name);
	if (!s->target)
		return err_oom(err);
	if (!*name || !path_is_normal(s->target) || str_has_control(name))
		return bad_target(use, "not the path of a file", err);
	if (is_reserved(s->target))
		return bad_target(use, "not a place for a secret", err);
	if (use->mode & ~0777u)
		return err_set(err, ERR_INVALID, EINVAL, "mode %o of secret '%s' is over 777",
			       use->mode, use->name);
	if (use->uid == UINT32_MAX || use->gid == UINT32_MAX)
		return err_set(err, ERR_INVALID, EINVAL, "invalid owner of secret '%s'", use->name);
	s->uid = use->uid;
	s->gid = use->gid;
	s->mode = use->has_mode ? use->mode : MODE_DEFAULT;
	return 0;
}

/* Two secrets with one target would leave one of them out. */
static int check_unique(const struct record *record, struct masu_error *err)
{
	const struct record_secret *last = &record->secrets[record->n_secrets - 1];

	for (const struct record_secret *s = record->secrets; s < last; s++)
		if (s->env == last->env && streq(s->target, last->target))
			return err_set(err, ERR_INVALID, EINVAL,
				       "secrets '%s' and '%s' have the same target '%s'", s->name,
				       last->name, s->target);
	return 0;
}

static int add(const struct masu_engine *e, struct draft *d, const struct masu_secret_use *given,
	       struct masu_error *err)
{
	struct masu_secret_use use;
	int r = options_take(&use, sizeof(use), given, err);

	if (r < 0)
		return r;
	if (!use.name)
		return err_set(err, ERR_INVALID, EINVAL, "missing name of a secret");
	r = check_exists(e, use.name, err);
	if (r < 0)
		return r;
	struct record_secret *s = array_add(&d->record.secrets, &d->record.n_secrets,
					    sizeof(struct record_secret));
	if (!s || !(s->name = strdup(use.name)))
		return err_oom(err);
	r = use.env ? set_variable(s, &use, err) : set_file(s, &use, err);
	return r < 0 ? r : check_unique(&d->record, err);
}

int draft_secrets(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		  struct masu_error *err)
{
	for (const struct masu_secret_use *const *use = o->secrets; use && *use; use++) {
		int r = add(e, d, *use, err);

		if (r < 0)
			return r;
	}
	return 0;
}
