/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/health-args.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/words.h"
#include "masu.h"

/* ["CMD", "a", "b"] as docker writes it, or ["a", "b"] as podman does. */
static int parse_array(const char *text, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_json_ struct json_object *array = NULL;
	int r = json_parse(text, strlen(text), "a JSON array", &array, err);

	if (r < 0)
		return r;
	r = words_from_json(array, &words);
	if (r == 0 && !*words)
		r = -EINVAL;
	if (r == -EINVAL)
		return err_set(err, ERR_INVALID, EINVAL, "must be an array of strings");
	bool has_kind = r == 0 && (streq(words[0], "CMD") || streq(words[0], "CMD-SHELL") ||
				   streq(words[0], "NONE"));
	if (r < 0 || (!has_kind && strv_push(ret, "CMD") < 0) || strv_extend(ret, words) < 0)
		return err_oom(err);
	return 0;
}

int health_args_command(const char *text, void *field, struct masu_error *err)
{
	_cleanup_strv_ char **test = NULL;
	int r = 0;

	if (!*text)
		return err_set(err, ERR_INVALID, EINVAL, "must be a command, or none");
	if (*text == '[')
		r = parse_array(text, &test, err);
	else if (streq(text, "none"))
		r = strv_push(&test, "NONE");
	else if ((r = strv_push(&test, "CMD-SHELL")) == 0)
		r = strv_push(&test, text);
	if (r < 0)
		return r == -ENOMEM ? err_oom(err) : r;
	strv_free(*(char ***)field);
	*(char ***)field = TAKE_PTR(test);
	return 0;
}

int health_args_time(const char *text, void *field, struct masu_error *err)
{
	int64_t ns;

	if (time_parse_duration(text, &ns) < 0 || ns <= 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "must be a duration, like 30s, 1m30s or 500ms");
	*(int64_t *)field = ns;
	return 0;
}

int health_args_interval(const char *text, void *field, struct masu_error *err)
{
	if (!streq(text, "disable"))
		return health_args_time(text, field, err);
	*(int64_t *)field = -1;
	return 0;
}

int health_args_start_period(const char *text, void *field, struct masu_error *err)
{
	if (!streq(text, "0") && !streq(text, "0s"))
		return health_args_time(text, field, err);
	*(int64_t *)field = -1;
	return 0;
}

int health_args_retries(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(text, INT32_MAX, &n) < 0 || n == 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number from 1 on");
	*(int *)field = (int)n;
	return 0;
}

int health_args_action(const char *text, void *field, struct masu_error *err)
{
	static const char *const words[] = {
		[MASU_HEALTH_ACTION_NONE] = "none",
		[MASU_HEALTH_ACTION_KILL] = "kill",
		[MASU_HEALTH_ACTION_RESTART] = "restart",
		[MASU_HEALTH_ACTION_STOP] = "stop",
	};

	for (size_t i = MASU_HEALTH_ACTION_NONE; i < ARRAY_SIZE(words); i++)
		if (streq(text, words[i])) {
			*(enum masu_health_action *)field = (enum masu_health_action)i;
			return 0;
		}
	return err_set(err, ERR_INVALID, EINVAL, "must be one of none, kill, restart, stop");
}

int health_args_refuse_startup(const char *text, void *field, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "not supported: a container has one health check");
	return err_hint(err, "for a slow start: --health-start-period, --health-start-interval");
}
