/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cli/change-args.h"
#include "cli/cli.h"
#include "cli/progress.h"

struct import_options {
	const char *message, *platform;
	char **changes;
	bool quiet;
};

/* The descriptor of standard input is borrowed. */
static int open_archive(const char *path, int *ret_owned, struct masu_error *err)
{
	if (streq(path, "-"))
		return STDIN_FILENO;
	if (str_after(path, "http://") || str_after(path, "https://")) {
		(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "cannot import '%s': is a URL",
			      path);
		return err_hint(err, "curl -fL URL | masu import - NAME");
	}
	*ret_owned = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *ret_owned < 0 ? err_sys(err, errno, "cannot open '%s'", path) : *ret_owned;
}

static int import(const struct masu_import_options *options, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *id = NULL;
	int r = cli_engine_reader(&e, err);

	if (r == 0)
		r = masu_image_import(e, options, &id, err);
	if (r == -ENOTTY)
		return err_hint(err, "name a file: masu import FILE NAME");
	if (r == 0)
		(void)printf("sha256:%s\n", id);
	return r;
}

static int import_run(const void *values, char **operands, struct masu_error *err)
{
	const struct import_options *o = values;
	_cleanup_progress_view_ struct progress_view progress = {.verb = "unpacking"};
	_cleanup_change_args_ struct change_args changes = {0};
	_cleanup_free_ char *message = str_printf("Imported from %s", operands[0]);
	_cleanup_close_ int owned = -1;
	struct masu_commit_options image = {.size = sizeof(image),
					    .name = operands[1],
					    .message = o->message ? o->message : message,
					    .quiet = o->quiet,
					    .progress = o->quiet ? NULL : progress_show,
					    .userdata = &progress};
	int r = change_args_add_all(&changes, o->changes, err);

	if (r < 0)
		return r;
	change_args_apply(&changes, &image);
	int fd = open_archive(operands[0], &owned, err);
	return fd < 0 ? fd
		      : import(&(struct masu_import_options){.size = sizeof(
								     struct masu_import_options),
							     .fd = fd,
							     .platform = o->platform,
							     .image = &image},
			       err);
}

static const struct option_row import_options[] = {
	OPTION_ROW(OPTION_LIST, struct import_options, changes, 'c', "change", "INSTRUCTION",
		   "Apply an instruction of a Dockerfile, like 'CMD [\"sh\"]'"),
	OPTION_ROW(OPTION_STRING, struct import_options, message, 'm', "message", "TEXT",
		   "Set the comment in the history of the image"),
	OPTION_ROW(OPTION_STRING, struct import_options, platform, 0, "platform", "OS/ARCH",
		   "Set the platform of the image, not this machine's"),
	OPTION_ROW(OPTION_FLAG, struct import_options, quiet, 'q', "quiet", NULL,
		   "Print no progress"),
	{0},
};

const struct command command_import = {
	.name = "import",
	.operands = "FILE|- [NAME[:TAG]]",
	.summary = "Make an image of an archive of files",
	.options = import_options,
	.values_size = sizeof(struct import_options),
	.min_operands = 1,
	.max_operands = 2,
	.run = import_run,
};
