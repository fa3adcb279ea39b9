/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/secrets.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/session.h"

static void forget(struct secrets *s)
{
	for (size_t i = 0; i < s->n; i++)
		secret_done(&s->item[i]);
	s->n = s->n_files = 0;
}

void secrets_done(struct secrets *s)
{
	forget(s);
	free(s->item);
	free(s->files);
	free(s->sudo_rule);
	*s = (struct secrets){0};
}

static void add_file(struct secrets *s, const struct record_secret *use)
{
	const struct masu_secret *secret = &s->item[s->n - 1];

	s->files[s->n_files++] = (struct secret_file){
		.path = use->target,
		.bytes = secret->bytes,
		.size = secret->size,
		.uid = use->uid,
		.gid = use->gid,
		.mode = use->mode,
	};
}

/* Not a secret: but sudo wants a file of root's that only root can read. Without a map the user is root already. */
static int add_sudo_rule(struct secrets *s)
{
	if (!s->record->passwd)
		return 0;
	s->sudo_rule = session_sudo_rule();
	if (!s->sudo_rule)
		return -ENOMEM;
	s->files[s->n_files++] = (struct secret_file){
		.path = SESSION_SUDO_FILE,
		.bytes = s->sudo_rule,
		.size = strlen(s->sudo_rule),
		.mode = 0440,
	};
	return 0;
}

int secrets_read(const struct masu_engine *e, const struct record *record, struct secrets *ret,
		 struct masu_error *err)
{
	_cleanup_(secrets_done) struct secrets s = {.record = record};

	if (record->n_secrets == 0 && !record->session)
		return 0;
	s.item = calloc(record->n_secrets + 1, sizeof(*s.item));
	s.files = calloc(record->n_secrets + 1, sizeof(*s.files));
	if (!s.item || !s.files)
		return err_oom(err);
	if (record->session && add_sudo_rule(&s) < 0)
		return err_oom(err);
	for (size_t i = 0; i < record->n_secrets; i++) {
		const struct record_secret *use = &record->secrets[i];
		int r = secret_read(e, use->name, &s.item[i], err);

		if (r == -ENOENT)
			(void)err_hint(err,
				       "the container was created with it: "
				       "masu secret create %s FILE",
				       use->name);
		if (r < 0)
			return r;
		s.n++;
		if (!use->env)
			add_file(&s, use);
	}
	*ret = TAKE(s, (struct secrets){0});
	return 0;
}

static int set_variable(const struct record_secret *use, const struct masu_secret *s, char ***env,
			struct masu_error *err)
{
	if (memchr(s->bytes, 0, s->size))
		return err_set(
			err, ERR_INVALID, EINVAL,
			"secret '%s' has a NUL byte and cannot be a variable: use type=mount",
			use->name);
	_cleanup_free_ char *text = str_printf("%s=%s", use->target, s->bytes);
	int r = text ? strv_env_set(env, text) : -ENOMEM;
	if (text)
		explicit_bzero(text, strlen(text));
	return r < 0 ? err_oom(err) : 0;
}

int secrets_add_env(const struct secrets *s, char ***env, struct masu_error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct record_secret *use = &s->record->secrets[i];
		int r = use->env ? set_variable(use, &s->item[i], env, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

void secrets_forget(struct secrets *s, char **env)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct record_secret *use = &s->record->secrets[i];
		char *value = use->env ? (char *)strv_env_get(env, use->target) : NULL;

		if (value)
			explicit_bzero(value, strlen(value));
	}
	forget(s);
}

static int add_again(const masu_container *c, const struct record_secret *use, char ***env,
		     struct masu_error *err)
{
	_cleanup_secret_ struct masu_secret s = {0};
	int r = secret_read(c->engine, use->name, &s, err);

	if (r == -ENOENT) {
		_cleanup_free_ char *notice = str_printf(
			"the variable %s is missing: secret '%s' was removed", use->target,
			use->name);

		err_done(err);
		engine_notice(c->engine, notice);
		return 0;
	}
	return r < 0 ? r : set_variable(use, &s, env, err);
}

int secrets_add_env_again(const masu_container *c, char *const *own, char ***env,
			  struct masu_error *err)
{
	for (size_t i = 0; i < c->record.n_secrets; i++) {
		const struct record_secret *use = &c->record.secrets[i];
		int r = use->env && !strv_env_get(own, use->target) ? add_again(c, use, env, err)
								    : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
