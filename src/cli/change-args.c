/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/change-args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/health-args.h"
#include "cli/words.h"

#define SPACE " \t"

void change_args_done(struct change_args *a)
{
	strv_free(a->command);
	strv_free(a->entrypoint);
	free(a->user);
	free(a->workdir);
	free(a->stop_signal);
	strv_free(a->env);
	strv_free(a->labels);
	strv_free(a->ports);
	strv_free(a->volumes);
	strv_free(a->health_test);
	*a = (struct change_args){0};
}

/* Takes the next word, without its quotes and backslashes. 1, 0 at the end, or -EINVAL for a quote that is not closed. */
static int next_word(const char **at, char **ret)
{
	_cleanup_strbuf_ struct strbuf word = STRBUF_INIT;
	char quote = 0;
	const char *s = *at + strspn(*at, SPACE);

	if (!*s)
		return 0;
	for (; *s && (quote || !strchr(SPACE, *s)); s++) {
		if (*s == quote) {
			quote = 0;
			continue;
		}
		if (!quote && (*s == '"' || *s == '\'')) {
			quote = *s;
			continue;
		}
		if (*s == '\\' && s[1] && quote != '\'')
			s++;
		if (strbuf_add(&word, s, 1) < 0)
			return -ENOMEM;
	}
	if (quote)
		return -EINVAL;
	*at = s;
	*ret = strbuf_take(&word);
	return *ret ? 1 : -ENOMEM;
}

static int add_words(char ***list, const char *rest)
{
	char *word;
	int r;

	while ((r = next_word(&rest, &word)) > 0)
		if (strv_push_owned(list, word) < 0)
			return -ENOMEM;
	return r;
}

/* ["a", "b"], in place of what the list has. 0: `rest` is not an array. */
static int take_array(char ***list, const char *rest)
{
	_cleanup_json_ struct json_object *array = NULL;
	_cleanup_strv_ char **words = NULL;

	if (*rest != '[' || json_parse(rest, strlen(rest), "--change", &array, NULL) < 0)
		return 0;
	/* An empty list is not NULL: it removes the command of the image. */
	int r = words_from_json(array, &words);
	if (r < 0)
		return r;
	strv_free(*list);
	*list = TAKE_PTR(words);
	return 1;
}

/* The form without an array is a line of the shell. */
static int take_command(char ***list, const char *rest)
{
	int r = take_array(list, rest);

	if (r != 0)
		return MIN(r, 0);
	strv_free(*list);
	*list = NULL;
	if (strv_push(list, "/bin/sh") < 0 || strv_push(list, "-c") < 0 ||
	    strv_push(list, rest) < 0)
		return -ENOMEM;
	return 0;
}

/* "NAME=value ...", or the old form "NAME value", where the value is the whole rest. */
static int take_pairs(char ***list, const char *rest)
{
	size_t name = strcspn(rest, SPACE "=");
	_cleanup_strv_ char **words = NULL;

	if (rest[name] != '=') {
		const char *value = rest + name + strspn(rest + name, SPACE);

		if (name == 0 || !*value)
			return -EINVAL;
		return strv_pushf(list, "%.*s=%s", (int)name, rest, value);
	}
	int r = add_words(&words, rest);
	STRV_FOREACH(word, words)
		if (r == 0)
			r = **word == '=' || !strchr(*word, '=') ? -EINVAL : strv_push(list, *word);
	return r;
}

static int take_ports(char ***list, const char *rest)
{
	_cleanup_strv_ char **words = NULL;
	int r = add_words(&words, rest);

	STRV_FOREACH(word, words) {
		const char *protocol = strchr(*word, '/');
		_cleanup_free_ char *number = strndup(*word, strcspn(*word, "/"));
		uint32_t port;

		if (r < 0 || !number)
			return r < 0 ? r : -ENOMEM;
		if (str_to_uint32(number, &port) < 0 || port == 0 || port > UINT16_MAX ||
		    (protocol && !streq(protocol, "/tcp") && !streq(protocol, "/udp")))
			return -EINVAL;
		r = strv_pushf(list, "%s%s", number, protocol ? protocol : "/tcp");
	}
	return r;
}

static int take_volumes(char ***list, const char *rest)
{
	_cleanup_strv_ char **words = NULL;
	int r = take_array(&words, rest);

	if (r == 0)
		r = add_words(&words, rest);
	return r < 0 ? r : strv_extend(list, words);
}

static int take_text(char **text, const char *rest)
{
	free(*text);
	*text = strdup(rest);
	return *text ? 0 : -ENOMEM;
}

/* "--interval=30s" and the like; `rest` is moved behind them. */
static int take_health_options(struct change_args *a, const char **rest)
{
	const struct {
		const char *prefix;
		void *field;
		int (*parse)(const char *text, void *field, struct masu_error *err);
	} options[] = {
		{"--interval=", &a->health.interval, health_args_time},
		{"--timeout=", &a->health.timeout, health_args_time},
		{"--start-period=", &a->health.start_period, health_args_start_period},
		{"--start-interval=", &a->health.start_interval, health_args_time},
		{"--retries=", &a->health.retries, health_args_retries},
	};

	while (str_after(*rest, "--")) {
		_cleanup_free_ char *word = NULL;
		int r = next_word(rest, &word);

		for (size_t i = 0; r > 0 && i < ARRAY_SIZE(options); i++) {
			const char *value = str_after(word, options[i].prefix);

			if (value)
				r = options[i].parse(value, options[i].field, NULL);
		}
		if (r != 0) /* 1: no such option */
			return r < 0 ? r : -EINVAL;
		*rest += strspn(*rest, SPACE);
	}
	return 0;
}

/* [OPTION...] CMD COMMAND, or NONE. */
static int take_health(struct change_args *a, const char *rest)
{
	_cleanup_strv_ char **test = NULL, **words = NULL;
	int r = take_health_options(a, &rest);

	if (r < 0)
		return r;
	if (strcasecmp(rest, "NONE") == 0) {
		r = strv_push(&test, "NONE");
	} else {
		if (strncasecmp(rest, "CMD", 3) != 0 || !rest[3] || !strchr(SPACE, rest[3]))
			return -EINVAL;
		rest += 3 + strspn(rest + 3, SPACE);
		r = take_array(&words, rest);
		if (r < 0 || (r > 0 && !*words))
			return r < 0 ? r : -EINVAL;
		if (strv_push(&test, r > 0 ? "CMD" : "CMD-SHELL") < 0 ||
		    (r > 0 ? strv_extend(&test, words) : strv_push(&test, rest)) < 0)
			return -ENOMEM;
		r = 0;
	}
	if (r < 0)
		return r;
	strv_free(a->health_test);
	a->health_test = TAKE_PTR(test);
	return 0;
}

static int take(struct change_args *a, const char *instruction, const char *rest)
{
	if (streq(instruction, "CMD"))
		return take_command(&a->command, rest);
	if (streq(instruction, "ENTRYPOINT"))
		return take_command(&a->entrypoint, rest);
	if (streq(instruction, "ENV"))
		return take_pairs(&a->env, rest);
	if (streq(instruction, "EXPOSE"))
		return take_ports(&a->ports, rest);
	if (streq(instruction, "HEALTHCHECK"))
		return take_health(a, rest);
	if (streq(instruction, "LABEL"))
		return take_pairs(&a->labels, rest);
	if (streq(instruction, "STOPSIGNAL"))
		return take_text(&a->stop_signal, rest);
	if (streq(instruction, "USER"))
		return take_text(&a->user, rest);
	if (streq(instruction, "VOLUME"))
		return take_volumes(&a->volumes, rest);
	if (streq(instruction, "WORKDIR"))
		return take_text(&a->workdir, rest);
	return -EOPNOTSUPP;
}

int change_args_add(struct change_args *a, const char *text, struct masu_error *err)
{
	const size_t length = strcspn(text, SPACE "=");
	_cleanup_free_ char *instruction = strndup(text, length), *rest = NULL;

	text += length;
	text += strspn(text, SPACE);
	text += *text == '=';
	rest = strdup(text + strspn(text, SPACE));
	if (!instruction || !rest)
		return err_oom(err);
	for (char *s = instruction; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	for (size_t n = strlen(rest); n > 0 && strchr(SPACE, rest[n - 1]); n--)
		rest[n - 1] = 0;
	int r = *rest ? take(a, instruction, rest) : -EINVAL;
	if (r == -ENOMEM)
		return err_oom(err);
	if (r == -EOPNOTSUPP)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "option '--change %s': must be one of CMD, ENTRYPOINT, ENV, EXPOSE, "
			       "HEALTHCHECK, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR",
			       instruction);
	if (r >= 0)
		return 0;
	r = err_set(err, ERR_INVALID, EINVAL, "option '--change %s': invalid arguments: \"%s\"",
		    instruction, rest);
	if (streq(instruction, "HEALTHCHECK"))
		(void)err_hint(err,
			       "write HEALTHCHECK [OPTION...] CMD COMMAND, or HEALTHCHECK NONE");
	return r;
}

int change_args_add_all(struct change_args *a, char *const *texts, struct masu_error *err)
{
	STRV_FOREACH(text, texts) {
		int r = change_args_add(a, *text, err);

		if (r < 0)
			return r;
	}
	return 0;
}

void change_args_apply(struct change_args *a, struct masu_commit_options *options)
{
	static char *const none[] = {NULL};

	/* A command is that of its entry point, and is of no use to another one. */
	options->command = !a->command && a->entrypoint ? none : a->command;
	options->entrypoint = a->entrypoint;
	options->user = a->user;
	options->workdir = a->workdir;
	options->stop_signal = a->stop_signal;
	options->env = a->env;
	options->labels = a->labels;
	options->ports = a->ports;
	options->volumes = a->volumes;
	a->health.size = sizeof(a->health);
	a->health.test = a->health_test;
	options->health = &a->health;
}
