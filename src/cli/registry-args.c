/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry-args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

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
	return args->user && args->password ? 0 : err_sys(err, ENOMEM, "read the credentials");
}
