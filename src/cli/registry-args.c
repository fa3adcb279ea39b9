/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry-args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"

#define REGISTRY_RETRIES_MAX 100

void registry_args_done(struct registry_args *args)
{
	if (args->password)
		explicit_bzero(args->password, strlen(args->password));
	free(args->user);
	free(args->password);
	args->user = args->password = NULL;
}

int registry_args_creds(const char *text, void *field, struct masu_error *err)
{
	struct registry_args *args = field;
	const char *colon = strchr(text, ':');

	if (!colon || colon == text) {
		(void)err_set(err, ERR_INVALID, EINVAL, "must be USER:PASSWORD");
		return err_hint(err, "masu login asks for a password, and keeps it");
	}
	registry_args_done(args);
	args->user = strndup(text, (size_t)(colon - text));
	args->password = strdup(colon + 1);
	return args->user && args->password ? 0 : err_oom(err);
}

int registry_args_retries(const char *text, void *field, struct masu_error *err)
{
	struct registry_args *args = field;
	uint64_t n;

	if (str_to_uint64(text, REGISTRY_RETRIES_MAX, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number from 0 to %d",
			       REGISTRY_RETRIES_MAX);
	args->retries = n == 0 ? -1 : (int)n;
	return 0;
}

int registry_args_delay(const char *text, void *field, struct masu_error *err)
{
	struct registry_args *args = field;
	int64_t ns;

	if (time_parse_duration(text, &ns) < 0 || ns < NS_PER_MS || ns > 3600 * NS_PER_S)
		return err_set(err, ERR_INVALID, EINVAL, "must be a time from 1ms to 1h, like 5s");
	args->retry_delay_ms = (int)(ns / NS_PER_MS);
	return 0;
}
