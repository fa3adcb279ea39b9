/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/registry-args.h"

struct push_options {
	struct registry_args registry;
	const char *digestfile;
	bool quiet;
};

static int write_digest(const char *path, const char *digest, struct masu_error *err)
{
	int r = file_write_atomic(AT_FDCWD, path, digest, strlen(digest), 0644, 0);

	return r < 0 ? err_sys(err, r, "the image is pushed, but cannot write \"%s\"", path) : 0;
}

static int push_run(const void *values, char **operands, struct masu_error *err)
{
	const struct push_options *o = values;
	_cleanup_progress_view_ struct progress_view progress = {.verb = "pushing",
								 .exists = "already there"};
	const struct masu_push_options options = {
		.size = sizeof(options),
		.authfile = o->registry.authfile,
		.user = o->registry.user,
		.password = o->registry.password,
		.cert_dir = o->registry.cert_dir,
		.tls = o->registry.tls,
		.progress = o->quiet ? NULL : progress_show,
		.userdata = &progress,
		.quiet = o->quiet,
	};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *digest = NULL;
	int r = cli_engine_reader(&e, err);

	if (r == 0)
		r = masu_image_push(e, operands[0], operands[1], &options, &digest, err);
	if (r < 0)
		return r;
	(void)puts(str_or_empty(digest));
	return o->digestfile ? write_digest(o->digestfile, str_or_empty(digest), err) : 0;
}

static void push_done(void *values)
{
	registry_args_done(&((struct push_options *)values)->registry);
}

static const struct refused_option refused[] = {
	{"sign-by", "masu does not sign images",
	 "cosign sign signs an image in the registry after the push"},
	{0},
};

static const struct option_row push_options[] = {
	REGISTRY_ARGS_AUTHFILE(struct push_options, registry.authfile),
	REGISTRY_ARGS_CERT_DIR(struct push_options, registry.cert_dir),
	REGISTRY_ARGS_CREDS(struct push_options, registry),
	OPTION_ROW(OPTION_STRING, struct push_options, digestfile, 0, "digestfile", "FILE",
		   "Write the digest of the manifest to this file"),
	OPTION_ROW(OPTION_FLAG, struct push_options, quiet, 'q', "quiet", NULL,
		   "Print no progress, and the digest alone"),
	REGISTRY_ARGS_TLS(struct push_options, registry.tls),
	{0},
};

const struct command command_push = {
	.name = "push",
	.operands = "IMAGE [[REGISTRY/]NAME[:TAG]]",
	.summary = "Push an image to a registry",
	.options = push_options,
	.refused = refused,
	.values_size = sizeof(struct push_options),
	.done = push_done,
	.min_operands = 1,
	.max_operands = 2,
	.run = push_run,
};
