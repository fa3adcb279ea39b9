/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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
	bool quiet, all_tags;
};

static int write_digest(const char *path, const char *digest, struct masu_error *err)
{
	int r = file_write_atomic(AT_FDCWD, path, digest, strlen(digest), 0644, 0);

	return r < 0 ? err_sys(err, r, "the image is pushed, but cannot write \"%s\"", path) : 0;
}

static int push_one(masu_engine *e, const char *image, const char *destination,
		    const struct push_options *o, struct masu_error *err)
{
	_cleanup_progress_view_ struct progress_view progress = {.verb = "pushing",
								 .exists = "already there"};
	const struct masu_push_options options = {
		.size = sizeof(options),
		.authfile = o->registry.authfile,
		.user = o->registry.user,
		.password = o->registry.password,
		.cert_dir = o->registry.cert_dir,
		.tls = o->registry.tls,
		.retries = o->registry.retries,
		.retry_delay_ms = o->registry.retry_delay_ms,
		.progress = o->quiet ? NULL : progress_show,
		.userdata = &progress,
		.quiet = o->quiet,
	};
	_cleanup_free_ char *digest = NULL;
	int r = masu_image_push(e, image, destination, &options, &digest, err);

	if (r < 0)
		return r;
	(void)printf("%s%s%s\n", o->all_tags ? image : "", o->all_tags ? " " : "",
		     str_or_empty(digest));
	(void)fflush(stdout); /* before the progress of the next one */
	return o->digestfile ? write_digest(o->digestfile, str_or_empty(digest), err) : 0;
}

/* The name of a repository, which is also a pattern that stands for itself alone. */
static int check_repository(const struct push_options *o, char **operands, struct masu_error *err)
{
	const char *last = strrchr(operands[0], '/');

	if (operands[1] || o->digestfile)
		return err_set(err, ERR_INVALID, EINVAL, "--all-tags excludes %s",
			       operands[1] ? "a second name" : "--digestfile");
	if (strpbrk(last ? last : operands[0], ":@"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--all-tags takes a name without a tag: \"%s\"", operands[0]);
	return strpbrk(operands[0], "*?[\\")
		       ? err_set(err, ERR_INVALID, EINVAL, "invalid name: \"%s\"", operands[0])
		       : 0;
}

static int push_all_tags(masu_engine *e, char **operands, const struct push_options *o,
			 struct masu_error *err)
{
	char *references[] = {operands[0], NULL};
	const struct masu_image_filter filter = {.size = sizeof(filter), .references = references};
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	const masu_image *image;
	int r = check_repository(o, operands, err);

	if (r == 0)
		r = masu_image_list_read(e, &filter, &list, err);
	if (r == 0 && masu_image_list_count(list) == 0)
		r = err_set(err, ERR_NOT_FOUND, ENOENT, "no image of the store has the name \"%s\"",
			    operands[0]);
	for (size_t i = 0; r == 0 && (image = masu_image_list_get(list, i)); i++)
		r = push_one(e, masu_image_name(image), NULL, o, err);
	return r;
}

static int push_run(const void *values, char **operands, struct masu_error *err)
{
	const struct push_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	if (r < 0)
		return r;
	return o->all_tags ? push_all_tags(e, operands, o, err)
			   : push_one(e, operands[0], operands[1], o, err);
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
	OPTION_ROW(OPTION_FLAG, struct push_options, all_tags, 'a', "all-tags", NULL,
		   "Push all images of the store that have the name, with any tag"),
	REGISTRY_ARGS_AUTHFILE(struct push_options, registry.authfile),
	REGISTRY_ARGS_CERT_DIR(struct push_options, registry.cert_dir),
	REGISTRY_ARGS_CREDS(struct push_options, registry),
	OPTION_ROW(OPTION_STRING, struct push_options, digestfile, 0, "digestfile", "FILE",
		   "Write the digest of the manifest to this file"),
	OPTION_ROW(OPTION_FLAG, struct push_options, quiet, 'q', "quiet", NULL,
		   "Print no progress, and the digest alone"),
	REGISTRY_ARGS_RETRY(struct push_options, registry),
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
