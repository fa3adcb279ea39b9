/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The environment of a container, from the lowest rank up: a PATH, the settings and the caller's default variables, the
 * image's, some of masu's; what the caller removes or changes of these; the caller's own; those of CDI devices.
 */

#include "engine/create/draft.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

static const char path_default[] = "PATH=" SEARCH_PATH_DEFAULT;

static int check_variables(char *const *variables, struct masu_error *err)
{
	STRV_FOREACH(v, variables)
		if (**v == '=' || !strchr(*v, '='))
			return err_set(err, ERR_INVALID, EINVAL,
				       "variable '%s' is not of the form NAME=value", *v);
	return 0;
}

int draft_env(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	int r = check_variables(o->env, err);

	if (r == 0)
		r = check_variables(o->env_merge, err);
	if (r < 0)
		return r;
	STRV_FOREACH(name, o->unset_env)
		if (!**name || strchr(*name, '='))
			return err_set(err, ERR_INVALID, EINVAL,
				       "'%s' is not the name of a variable", *name);
	d->hostname_unset = o->unset_all_env;
	STRV_FOREACH(name, o->unset_env)
		d->hostname_unset |= streq(*name, "HOSTNAME");
	STRV_FOREACH(v, o->env)
		if (strv_env_set(&d->own_env, *v) < 0)
			return err_oom(err);
	return 0;
}

/* A variable without a value, or without a name, sets nothing; docker drops the former too. */
static int set_complete(char ***env, char *const *variables)
{
	STRV_FOREACH(v, variables)
		if (**v != '=' && strchr(*v, '=') && strv_env_set(env, *v) < 0)
			return -ENOMEM;
	return 0;
}

static int set_defaults(char ***env, const struct masu_create_options *o, char *const *image)
{
	if (strv_push(env, path_default) < 0 || set_complete(env, o->default_env) < 0 ||
	    set_complete(env, image) < 0)
		return -ENOMEM;
	/* systemd and others detect by it that they run in a container. */
	if (strv_env_set(env, "container=oci") < 0)
		return -ENOMEM;
	return o->tty && !strv_env_get(*env, "TERM") ? strv_env_set(env, "TERM=xterm") : 0;
}

static void unset(char **env, const char *name)
{
	char **to = env;

	for (char **v = env; *v; v++) {
		const char *rest = str_after(*v, name);

		if (rest && *rest == '=')
			free(*v);
		else
			*to++ = *v;
	}
	*to = NULL;
}

/* The bytes of a name at the beginning of a text. */
static size_t name_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

/* Appends a text with the variables that it names; a missing one is empty. Any other $ stays. */
static int expand(struct strbuf *b, const char *text, char *const *env)
{
	while (*text) {
		size_t plain = strcspn(text, "$");

		(void)strbuf_add(b, text, plain);
		text += plain;
		if (!*text)
			break;
		bool braced = text[1] == '{';
		const char *start = text + (braced ? 2 : 1);
		size_t n = name_length(start);
		if (n == 0 || (braced && start[n] != '}')) {
			(void)strbuf_add(b, text++, 1);
			continue;
		}
		_cleanup_free_ char *name = strndup(start, n);
		if (!name)
			return -ENOMEM;
		const char *value = str_or_empty(strv_env_get(env, name));
		(void)strbuf_add(b, value, strlen(value));
		text = start + n + braced;
	}
	return 0;
}

static int merge(char ***env, const char *assignment)
{
	size_t head = strcspn(assignment, "=") + 1;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)strbuf_add(&b, assignment, head);
	if (expand(&b, assignment + head, *env) < 0)
		return -ENOMEM;
	_cleanup_free_ char *text = strbuf_take(&b);
	return text ? strv_env_set(env, text) : -ENOMEM;
}

int draft_apply_env(struct draft *d, const struct masu_create_options *o, char *const *image)
{
	char ***env = &d->spec->process->env;
	int r = set_defaults(env, o, image);

	STRV_FOREACH(v, o->env_merge)
		if (r == 0)
			r = merge(env, *v);
	if (r < 0)
		return r;
	STRV_FOREACH(name, o->unset_env)
		unset(*env, *name);
	if (o->unset_all_env) {
		strv_free(*env);
		*env = NULL;
	}
	STRV_FOREACH(v, d->own_env)
		if (strv_env_set(env, *v) < 0)
			return -ENOMEM;
	STRV_FOREACH(v, d->cdi_env)
		if (strv_env_set(env, *v) < 0)
			return -ENOMEM;
	return 0;
}
