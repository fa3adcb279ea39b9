/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/cli.h"

struct export_options {
	const char *output;
};

static int write_file(void *userdata, const void *bytes, size_t size)
{
	return fd_write_full(*(const int *)userdata, bytes, size);
}

static int export_to(masu_container *c, int fd, struct masu_error *err)
{
	const struct masu_archive_get_options options = {
		.size = sizeof(options), .write = write_file, .userdata = &fd, .bare = true};

	return masu_container_archive_get(c, "/", &options, err);
}

/* A part of an archive is removed; a device or a FIFO stays. */
static int export_to_file(masu_container *c, const char *path, struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC,
				      0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot create \"%s\"", path);
	int r = export_to(c, fd, err);
	if (r < 0 && S_ISREG(st.st_mode))
		(void)unlink(path);
	return r;
}

/* The container is found first: a mistyped name costs no file. */
static int export_run(const void *values, char **operands, struct masu_error *err)
{
	const struct export_options *o = values;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;

	if (!o->output && isatty(STDOUT_FILENO)) {
		(void)err_set(err, ERR_INVALID, ENOTTY, "cannot write an archive to a terminal");
		return err_hint(err, "write it to a file: masu export -o FILE %s", operands[0]);
	}
	int r = cli_engine(&e, err);
	if (r == 0)
		r = masu_container_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	return o->output ? export_to_file(c, o->output, err) : export_to(c, STDOUT_FILENO, err);
}

static const struct option_row export_options[] = {
	OPTION_ROW(OPTION_STRING, struct export_options, output, 'o', "output", "FILE",
		   "Write the archive to a file"),
	{0},
};

const struct command command_export = {
	.name = "export",
	.operands = "CONTAINER",
	.summary = "Write the root file system of a container to a tar archive",
	.options = export_options,
	.values_size = sizeof(struct export_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = export_run,
};
