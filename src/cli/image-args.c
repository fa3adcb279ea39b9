/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-args.h"

#include <errno.h>

#include "base/str.h"

static int invalid(struct masu_error *err, const char *what)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s", what);
}

/* Podman also takes the words of a flag. */
int image_args_pull(const char *text, void *field, struct masu_error *err)
{
	static const struct {
		const char *word;
		enum masu_pull_policy policy;
	} words[] = {
		{"missing", MASU_PULL_MISSING},	     {"always", MASU_PULL_ALWAYS},
		{"never", MASU_PULL_NEVER},	     {"newer", MASU_PULL_NEWER},
		{"true", MASU_PULL_ALWAYS},	     {"false", MASU_PULL_MISSING},
		{"ifnotpresent", MASU_PULL_MISSING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(text, words[i].word)) {
			*(enum masu_pull_policy *)field = words[i].policy;
			return 0;
		}
	return invalid(err, "must be one of missing, always, never, newer");
}

int image_args_tls(const char *text, void *field, struct masu_error *err)
{
	bool verify = streq(text, "true") || streq(text, "1") || streq(text, "yes");

	if (!verify && !streq(text, "false") && !streq(text, "0") && !streq(text, "no"))
		return invalid(err, "must be one of true, false");
	*(enum masu_tls *)field = verify ? MASU_TLS_VERIFY : MASU_TLS_INSECURE;
	return 0;
}

int image_args_volumes(const char *text, void *field, struct masu_error *err)
{
	enum masu_image_volumes *volumes = field;

	if (streq(text, "anonymous") || streq(text, "bind"))
		*volumes = MASU_IMAGE_VOLUMES_ANONYMOUS;
	else if (streq(text, "tmpfs"))
		*volumes = MASU_IMAGE_VOLUMES_TMPFS;
	else if (streq(text, "ignore"))
		*volumes = MASU_IMAGE_VOLUMES_IGNORE;
	else
		return invalid(err, "must be one of anonymous, ignore, tmpfs");
	return 0;
}

int platform_args_join(const struct platform_args *args, char **ret, struct masu_error *err)
{
	bool parts = args->arch || args->os || args->variant;

	if (args->platform && parts)
		return invalid(err, "--platform excludes --arch, --os and --variant");
	if (parts && !args->arch)
		return invalid(err, "--os and --variant need --arch");
	char *text = args->platform ? strdup(args->platform)
		     : parts ? str_printf("%s/%s%s%s", args->os ? args->os : "linux", args->arch,
					  args->variant ? "/" : "", str_or_empty(args->variant))
			     : NULL;
	if (!text && (parts || args->platform))
		return err_oom(err);
	*ret = text;
	return 0;
}
