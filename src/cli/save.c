/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/output-file.h"
#include "cli/progress.h"

struct save_options {
	const char *output;
	enum masu_save_format format;
	bool multi, quiet;
};

static const char *const formats[] = {[MASU_SAVE_DOCKER_ARCHIVE] = "docker-archive",
				      [MASU_SAVE_OCI_ARCHIVE] = "oci-archive",
				      [MASU_SAVE_OCI_DIR] = "oci-dir",
				      [MASU_SAVE_DOCKER_DIR] = "docker-dir"};

static int parse_format(const char *text, void *field, struct masu_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (streq(text, formats[i])) {
			*(enum masu_save_format *)field = (enum masu_save_format)i;
			return 0;
		}
	return err_set(err, ERR_INVALID, EINVAL,
		       "must be one of docker-archive, docker-dir, oci-archive, oci-dir");
}

struct save {
	masu_engine *e;
	char **images;
	struct masu_image_save_options options;
};

static int save_to(void *save, int fd, struct masu_error *err)
{
	struct save *s = save;

	s->options.fd = fd;
	return masu_image_save(s->e, s->images, &s->options, err);
}

static int save_to_dir(struct save *s, const char *path, struct masu_error *err)
{
	if (mkdir(path, 0777) < 0)
		return err_sys(err, errno, "cannot create '%s'", path);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? err_sys(err, errno, "cannot open '%s'", path) : save_to(s, fd, err);
	if (r < 0)
		(void)file_remove_tree(AT_FDCWD, path); /* the first error counts */
	return r;
}

static int check(const struct save_options *o, char *const *operands, struct masu_error *err)
{
	const bool is_dir = o->format == MASU_SAVE_OCI_DIR || o->format == MASU_SAVE_DOCKER_DIR;

	if (operands[1] && !o->multi)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--multi-image-archive=false allows one image");
	if (operands[1] && o->format == MASU_SAVE_DOCKER_DIR)
		return err_set(err, ERR_INVALID, EINVAL, "format 'docker-dir' has one image");
	if (is_dir && !o->output)
		return err_set(err, ERR_INVALID, EINVAL, "format '%s' needs -o DIRECTORY",
			       formats[o->format]);
	if (o->output || !isatty(STDOUT_FILENO))
		return 0;
	(void)err_set(err, ERR_INVALID, ENOTTY, "cannot write an archive to a terminal");
	return err_hint(err, "write it to a file: masu save -o FILE %s", operands[0]);
}

static int save_run(const void *values, char **operands, struct masu_error *err)
{
	const struct save_options *o = values;
	const bool is_dir = o->format == MASU_SAVE_OCI_DIR || o->format == MASU_SAVE_DOCKER_DIR;
	_cleanup_progress_view_ struct progress_view progress = {.verb = "saving"};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	struct save save = {.images = operands,
			    .options = {.size = sizeof(save.options),
					.format = o->format,
					.quiet = o->quiet,
					.progress = o->quiet ? NULL : progress_show,
					.userdata = &progress}};
	int r = check(o, operands, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r < 0)
		return r;
	save.e = e;
	if (!o->output)
		return save_to(&save, STDOUT_FILENO, err);
	return is_dir ? save_to_dir(&save, o->output, err)
		      : output_file_write(o->output, save_to, &save, err);
}

static void init(void *values)
{
	struct save_options *o = values;

	o->multi = true;
}

static const struct option_row save_options[] = {
	OPTION_ROW_PARSE(parse_format, struct save_options, format, 0, "format", "FORMAT",
			 "Write docker-archive (default), docker-dir, oci-archive or oci-dir"),
	OPTION_ROW(OPTION_FLAG, struct save_options, multi, 'm', "multi-image-archive", NULL,
		   "Allow several images (default); --multi-image-archive=false does not"),
	OPTION_ROW(OPTION_STRING, struct save_options, output, 'o', "output", "FILE",
		   "Write to a file or a new directory, not to standard output"),
	OPTION_ROW(OPTION_FLAG, struct save_options, quiet, 'q', "quiet", NULL,
		   "Print no progress"),
	{0},
};

const struct command command_save = {
	.name = "save",
	.operands = "IMAGE...",
	.summary = "Save images to an archive",
	.options = save_options,
	.values_size = sizeof(struct save_options),
	.init = init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = save_run,
};
