/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/progress.h"

struct load_options {
	const char *input, *platform;
	bool quiet, replace;
};

static int open_input(const char *path, struct masu_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return fd;
	fd_close(&fd);
	(void)err_set(err, ERR_INVALID, EISDIR, "cannot load '%s': is a directory", path);
	return err_hint(err, "masu pull oci:%s reads an image layout", path);
}

static void print_names(const masu_image_list *list)
{
	for (size_t i = 0; i < masu_image_list_count(list); i++) {
		const masu_image *image = masu_image_list_get(list, i);
		const char *name = masu_image_name(image);

		(void)printf("Loaded image: %s%s\n",
			     name ? "" : "sha256:", name ? name : masu_image_id(image));
	}
}

static int load_run(const void *values, char **operands, struct masu_error *err)
{
	const struct load_options *o = values;
	_cleanup_progress_view_ struct progress_view progress = {0};
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_close_ int input = -1;
	struct masu_image_load_options options = {.size = sizeof(options),
						  .fd = STDIN_FILENO,
						  .platform = o->platform,
						  .replace = o->replace,
						  .quiet = o->quiet,
						  .progress = o->quiet ? NULL : progress_show,
						  .userdata = &progress};

	if (o->input) {
		input = open_input(o->input, err);
		if (input < 0)
			return input;
		options.fd = input;
	}
	int r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_image_load(e, &options, &list, err);
	if (r == -ENOTTY)
		return err_hint(err, "name a file: masu load -i FILE");
	if (r == 0)
		print_names(list);
	return r;
}

static const struct option_row load_options[] = {
	OPTION_ROW(OPTION_STRING, struct load_options, input, 'i', "input", "FILE",
		   "Read the archive from a file, not from standard input"),
	OPTION_ROW(OPTION_STRING, struct load_options, platform, 0, "platform", "OS/ARCH",
		   "Load images for another platform"),
	OPTION_ROW(OPTION_FLAG, struct load_options, quiet, 'q', "quiet", NULL,
		   "Print no progress"),
	OPTION_ROW(OPTION_FLAG, struct load_options, replace, 0, "replace", NULL,
		   "Move names that other images have to those of the archive"),
	{0},
};

const struct command command_load = {
	.name = "load",
	.operands = "",
	.summary = "Load images from an archive",
	.options = load_options,
	.values_size = sizeof(struct load_options),
	.run = load_run,
};
