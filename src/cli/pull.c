/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/progress.h"

static int pull_one(masu_engine *e, const char *reference, const void *arg, struct masu_error *err)
{
	_cleanup_progress_view_ struct progress_view progress = {0};
	struct masu_pull_options options = *(const struct masu_pull_options *)arg;
	_cleanup_free_ char *digest = NULL;

	options.progress = options.quiet ? NULL : progress_show;
	options.userdata = &progress;
	int r = masu_image_pull(e, reference, &options, &digest, err);
	if (r == 0)
		(void)puts(digest);
	return r;
}

static int parse_tls_verify(const char *text, void *field, struct masu_error *err)
{
	bool verify = streq(text, "true") || streq(text, "1") || streq(text, "yes");

	if (!verify && !streq(text, "false") && !streq(text, "0") && !streq(text, "no"))
		return err_set(err, ERR_INVALID, EINVAL, "must be one of true, false");
	*(enum masu_tls *)field = verify ? MASU_TLS_VERIFY : MASU_TLS_INSECURE;
	return 0;
}

static void pull_init(void *values)
{
	*(struct masu_pull_options *)values = (struct masu_pull_options){
		.size = sizeof(struct masu_pull_options), .policy = MASU_PULL_ALWAYS};
}

static int pull_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	return r < 0 ? r : cli_each(e, operands, true, pull_one, values);
}

static const struct option_row pull_options[] = {
	OPTION_ROW(OPTION_STRING, struct masu_pull_options, authfile, 0, "authfile", "FILE",
		   "credentials, as podman and docker keep them"),
	OPTION_ROW(OPTION_STRING, struct masu_pull_options, platform, 0, "platform", "OS/ARCH",
		   "the image for another platform"),
	OPTION_ROW(OPTION_FLAG, struct masu_pull_options, quiet, 'q', "quiet", NULL, "no progress"),
	OPTION_ROW_PARSE(parse_tls_verify, struct masu_pull_options, tls, 0, "tls-verify", "BOOL",
			 "false: plain http and unverified certificates"),
	{0},
};

const struct command command_pull = {
	.name = "pull",
	.operands = "IMAGE...",
	.summary = "Fetch images from registries or archives",
	.options = pull_options,
	.values_size = sizeof(struct masu_pull_options),
	.init = pull_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = pull_run,
};
