/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "registry/trusted-file.h"

#define FILE_NAME	  "registries.conf"
#define FILE_SIZE_MAX	  (1 << 20)
#define TIMEOUT_MAX_S	  3600
#define BACKOFF_MS	  250 /* 500 before the first retry */
#define BACKOFF_SHIFT_MAX 8u

void registry_settings_done(struct registry_settings *s)
{
	strv_free(s->insecure);
	registry_rules_done(&s->rules);
	*s = REGISTRY_SETTINGS_INIT;
}

static char *trim(char *s)
{
	s += strspn(s, " \t");
	for (size_t n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

static int set(struct registry_settings *s, const char *key, const char *value)
{
	uint32_t seconds;

	if (streq(key, "insecure")) {
		if (!*value || strpbrk(value, "/ \t"))
			return -EINVAL;
		return strv_push(&s->insecure, value);
	}
	if (streq(key, "max-layer-size"))
		return str_to_size(value, &s->layer_size_max) < 0 || s->layer_size_max == 0
			       ? -EINVAL
			       : 0;
	if (!streq(key, "timeout") || str_to_uint32(value, &seconds) < 0 || seconds == 0 ||
	    seconds > TIMEOUT_MAX_S)
		return -EINVAL;
	s->timeout_s = seconds;
	return 0;
}

int registry_settings_parse(struct registry_settings *s, const char *text, const char *name,
			    struct masu_error *err)
{
	_cleanup_strv_ char **lines = strv_split(text, "\n");
	size_t number = 0;

	if (!lines)
		return err_oom(err);
	STRV_FOREACH(l, lines) {
		char *line = *l, *equals;

		number++;
		line[strcspn(line, "#")] = 0;
		line = trim(line);
		if (!*line)
			continue;
		equals = strchr(line, '=');
		if (equals)
			*equals = 0;
		int r = equals ? set(s, trim(line), trim(equals + 1)) : -EINVAL;
		if (r == -ENOMEM)
			return err_sys(err, r, "read '%s'", name);
		if (r < 0) {
			(void)err_set(err, ERR_INVALID, EINVAL, "'%s' line %zu: invalid", name,
				      number);
			return err_hint(err, "lines are 'insecure = HOST[:PORT]', "
					     "'timeout = SECONDS' and 'max-layer-size = SIZE'");
		}
	}
	return 0;
}

static int load_file(struct registry_settings *s, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return err_sys(err, r, "read '%s'", path);
	return registry_settings_parse(s, text, path, err);
}

/* The file in HOME. If root runs with the HOME of another user, it may belong to that user. */
static int load_users_file(struct registry_settings *s, const char *path, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_err_ struct masu_error why = ERR_INIT;
	int r = trusted_file_read(path, FILE_SIZE_MAX, &text, NULL, &why);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == -EPERM) {
		log_notice("%s", why.message);
		return 0;
	}
	return r < 0 ? err_move(err, &why) : registry_settings_parse(s, text, path, err);
}

static int load_own(struct registry_settings *s, struct masu_error *err)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *path = NULL;
	int r = load_file(s, MASU_SYSCONFDIR "/" FILE_NAME, err);

	if (r < 0 || (!(config && *config == '/') && !(home && *home == '/')))
		return r;
	if (config && *config == '/')
		path = str_printf("%s/masu/" FILE_NAME, config);
	else
		path = str_printf("%s/.config/masu/" FILE_NAME, home);
	if (!path)
		return err_oom(err);
	return load_users_file(s, path, err);
}

int registry_settings_load(struct registry_settings *s, struct masu_error *err)
{
	int r = load_own(s, err);

	if (r == 0)
		r = registry_rules_load(&s->rules, err);
	STRV_FOREACH(notice, s->rules.skipped)
		log_notice("%s", *notice);
	return r;
}

int64_t registry_settings_delay_ms(const struct registry_settings *s, unsigned int failures)
{
	return s->retry_delay_ms ? s->retry_delay_ms
				 : (int64_t)BACKOFF_MS << MIN(failures, BACKOFF_SHIFT_MAX);
}

bool registry_settings_allow_insecure(const struct registry_settings *s, const struct origin *o)
{
	_cleanup_free_ char *text = NULL;

	if (!s->tls_verify)
		return true;
	text = str_printf("%s:%u", o->host, o->port);
	if (!text)
		return false;
	STRV_FOREACH(host, s->insecure)
		if (strcasecmp(*host, o->host) == 0 || strcasecmp(*host, text) == 0)
			return true;
	return s->insecure_place && (strcasecmp(s->insecure_place, o->host) == 0 ||
				     strcasecmp(s->insecure_place, text) == 0);
}

bool registry_settings_allow_http(const struct registry_settings *s, const struct origin *o)
{
	return host_is_loopback(o->host) || registry_settings_allow_insecure(s, o);
}
