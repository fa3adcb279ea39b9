/* SPDX-License-Identifier: Apache-2.0 */

/* volume export and import */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/archive-file.h"
#include "cli/cli.h"
#include "cli/output-file.h"

struct export_options {
	const char *output;
};

struct export
{
	masu_engine *e;
	const char *name;
};

static int export_to(void *arg, int fd, struct masu_error *err)
{
	const struct masu_archive_get_options options = {
		.size = sizeof(options), .write = archive_file_write, .userdata = &fd};
	const struct export *export = arg;

	return masu_volume_archive_get(export->e, export->name, &options, err);
}

/* The volume is found first: a mistyped name costs no file. */
static int export_run(const void *values, char **operands, struct masu_error *err)
{
	const struct export_options *o = values;
	_cleanup_(masu_volume_freep) masu_volume *v = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;

	if (!o->output && archive_file_refuse_terminal(err) < 0)
		return err_hint(err, "write it to a file: masu volume export -o FILE %s",
				operands[0]);
	int r = cli_engine(&e, err);
	if (r == 0)
		r = masu_volume_find(e, operands[0], &v, err);
	if (r < 0)
		return r;
	struct export export = {e, operands[0]};
	return o->output ? output_file_write(o->output, export_to, &export, err)
			 : export_to(&export, STDOUT_FILENO, err);
}

static const struct option_row export_options[] = {
	OPTION_ROW(OPTION_STRING, struct export_options, output, 'o', "output", "FILE",
		   "Write the archive to a file"),
	{0},
};

const struct command command_export_volume = {
	.name = "volume export",
	.operands = "NAME",
	.summary = "Write the files of a volume to a tar archive",
	.options = export_options,
	.values_size = sizeof(struct export_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = export_run,
};

static int import_from(masu_engine *e, const char *name, int fd, struct masu_error *err)
{
	const struct masu_archive_put_options options = {.size = sizeof(options),
							 .read = archive_file_read,
							 .userdata = &fd,
							 .owners = true,
							 .overwrite = true};

	return masu_volume_archive_put(e, name, &options, err);
}

static int import_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_close_ int fd = -1;
	const char *source = operands[1] ? operands[1] : "-";

	if (streq(source, "-") && isatty(STDIN_FILENO))
		return err_set(err, ERR_INVALID, ENOTTY, "cannot read an archive from a terminal");
	fd = streq(source, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				: open(source, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot open \"%s\"", source);
	int r = cli_engine(&e, err);
	return r < 0 ? r : import_from(e, operands[0], fd, err);
}

const struct command command_import_volume = {
	.name = "volume import",
	.operands = "NAME [FILE]",
	.summary = "Unpack a tar archive into a volume",
	.notes = "Without FILE, or with \"-\", the archive is read from standard input.",
	.min_operands = 1,
	.max_operands = 2,
	.run = import_run,
};
