/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/change-args.h"
#include "cli/cli.h"
#include "cli/progress.h"

struct commit_options {
	const char *author, *message, *format, *iidfile;
	char **changes;
	bool pause, quiet;
};

/* Docker's format of manifests says nothing that OCI's does not. */
static int check_format(const char *format, struct masu_error *err)
{
	if (!format || streq(format, "oci"))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '--format %s': supported formats: oci", format);
}

static int write_iidfile(const char *path, const char *id, struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
				      0644);

	if (fd < 0 || dprintf(fd, "sha256:%s", id) < 0)
		return err_sys(err, errno, "cannot write the file '%s' of --iidfile", path);
	return 0;
}

static int commit(const char *container, const struct commit_options *o,
		  const struct masu_commit_options *commit, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *id = NULL;
	int r = cli_container(container, &e, &c, err);

	if (r == 0)
		r = masu_container_commit(c, commit, &id, err);
	if (r == 0 && o->iidfile)
		r = write_iidfile(o->iidfile, id, err);
	if (r == 0)
		(void)puts(id);
	return r;
}

static int commit_run(const void *values, char **operands, struct masu_error *err)
{
	const struct commit_options *o = values;
	_cleanup_progress_view_ struct progress_view progress = {.verb = "adding"};
	_cleanup_change_args_ struct change_args a = {0};
	struct masu_commit_options options = {.size = sizeof(options),
					      .name = operands[1],
					      .author = o->author,
					      .message = o->message,
					      .pause = o->pause ? MASU_ANY : MASU_NO,
					      .quiet = o->quiet,
					      .progress = o->quiet ? NULL : progress_show,
					      .userdata = &progress};
	int r = check_format(o->format, err);

	if (r == 0)
		r = change_args_add_all(&a, o->changes, err);
	if (r < 0)
		return r;
	change_args_apply(&a, &options);
	return commit(operands[0], o, &options, err);
}

static void init(void *values)
{
	struct commit_options *o = values;

	o->pause = true;
}

static const struct option_row commit_options[] = {
	OPTION_ROW(OPTION_STRING, struct commit_options, author, 'a', "author", "NAME",
		   "Name the author of the image"),
	OPTION_ROW(OPTION_LIST, struct commit_options, changes, 'c', "change", "INSTRUCTION",
		   "Apply an instruction of a Dockerfile, like 'CMD [\"sh\"]'"),
	OPTION_ROW(OPTION_STRING, struct commit_options, format, 'f', "format", "oci",
		   "Set the format of the image; only oci is supported"),
	OPTION_ROW(OPTION_STRING, struct commit_options, iidfile, 0, "iidfile", "FILE",
		   "Write the id of the image to a file"),
	OPTION_ROW(OPTION_STRING, struct commit_options, message, 'm', "message", "TEXT",
		   "Add a comment to the history of the image"),
	OPTION_ROW(OPTION_FLAG, struct commit_options, pause, 'p', "pause", NULL,
		   "Pause a running container meanwhile (default); --pause=false does not"),
	OPTION_ROW(OPTION_FLAG, struct commit_options, quiet, 'q', "quiet", NULL,
		   "Print no progress"),
	{0},
};

static const struct refused_option refused[] = {
	{"include-volumes", "files of volumes are not files of the image",
	 "masu volume export writes them to an archive"},
	{"squash", "a commit adds one layer to those of the image",
	 "masu export NAME | masu import - NEW makes an image of one layer"},
	{0},
};

const struct command command_commit = {
	.name = "commit",
	.operands = "CONTAINER [NAME[:TAG]]",
	.summary = "Make an image of a container with its changes",
	.options = commit_options,
	.refused = refused,
	.values_size = sizeof(struct commit_options),
	.init = init,
	.min_operands = 1,
	.max_operands = 2,
	.run = commit_run,
};
