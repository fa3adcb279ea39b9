/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "engine/image.h"

struct pull_options {
	const char *platform, *authfile, *tls_verify;
	bool quiet;
};

static int pull_one(masu_engine *e, const char *ref, const void *arg, struct err *err)
{
	const struct pull_options *o = arg;
	_cleanup_progress_view_ struct progress_view progress = {0};
	const struct image_query query = {
		.ref = ref,
		.platform = o->platform,
		.authfile = o->authfile,
		.tls_verify = o->tls_verify,
		.policy = MASU_PULL_ALWAYS,
		.quiet = o->quiet,
		.progress = progress_show,
		.progress_userdata = &progress,
	};
	_cleanup_free_ char *digest = NULL;
	int r = image_pull(e, &query, &digest, err);

	if (r == 0)
		(void)puts(digest);
	return r;
}

static int pull_run(const void *values, char **operands, struct err *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	return r < 0 ? r : cli_each(e, operands, true, pull_one, values);
}

static const struct option_row pull_options[] = {
	OPTION_ROW(OPTION_STRING, struct pull_options, authfile, 0, "authfile", "FILE",
		   "credentials, as podman and docker keep them"),
	OPTION_ROW(OPTION_STRING, struct pull_options, platform, 0, "platform", "OS/ARCH",
		   "the image for another platform"),
	OPTION_ROW(OPTION_FLAG, struct pull_options, quiet, 'q', "quiet", NULL, "no progress"),
	OPTION_ROW(OPTION_STRING, struct pull_options, tls_verify, 0, "tls-verify", "BOOL",
		   "false: plain http and unverified certificates"),
	{0},
};

const struct command command_pull = {
	.name = "pull",
	.operands = "IMAGE...",
	.summary = "Fetch images from registries or archives",
	.options = pull_options,
	.values_size = sizeof(struct pull_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = pull_run,
};
