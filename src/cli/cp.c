/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/archive-file.h"
#include "cli/cli.h"
#include "cli/output-file.h"

/* cp */

struct cp_options {
	bool archive, follow, overwrite;
};

/* One side of a copy. */
struct side {
	char *container; /* NULL: the host */
	const char *path;
	bool is_stream;
	masu_container *c;
};

static void side_done(struct side *s)
{
	free(s->container);
	masu_container_free(s->c);
}
#define _cleanup_side_ _cleanup_(side_done)

/* A path of the host with a colon is written with a slash before it: "./a:b". */
static int parse(const char *operand, struct side *ret, struct masu_error *err)
{
	const char *colon = strchr(operand, ':');

	*ret = (struct side){.path = operand, .is_stream = streq(operand, "-")};
	if (!*operand)
		return err_set(err, ERR_INVALID, EINVAL, "missing path");
	if (*operand == '/' || *operand == '.' || !colon ||
	    memchr(operand, '/', (size_t)(colon - operand)))
		return 0;
	ret->container = strndup(operand, (size_t)(colon - operand));
	ret->path = colon + 1;
	if (!ret->container)
		return err_oom(err);
	return *ret->path && colon > operand
		       ? 0
		       : err_set(err, ERR_INVALID, EINVAL,
				 "invalid operand: \"%s\": must be CONTAINER:PATH", operand);
}

static int find(masu_engine *e, struct side *s, struct masu_error *err)
{
	return s->container ? masu_container_find(e, s->container, &s->c, err) : 0;
}

static int send_stream(const struct cp_options *o, const struct side *from, struct masu_error *err)
{
	int fd = STDOUT_FILENO;
	const struct masu_archive_get_options options = {.size = sizeof(options),
							 .write = archive_file_write,
							 .userdata = &fd,
							 .follow_link = o->follow};

	if (archive_file_refuse_terminal(err) < 0)
		return err_hint(err, "redirect it: ... >FILE.tar");
	return masu_container_archive_get(from->c, from->path, &options, err);
}

static int receive_stream(const struct cp_options *o, const struct side *to, struct masu_error *err)
{
	int fd = STDIN_FILENO;
	const struct masu_archive_put_options options = {.size = sizeof(options),
							 .read = archive_file_read,
							 .userdata = &fd,
							 .owners = o->archive,
							 .overwrite = o->overwrite};

	return masu_container_archive_put(to->c, to->path, &options, err);
}

static int copy(masu_engine *e, const struct cp_options *o, const struct side *from,
		const struct side *to, struct masu_error *err)
{
	const struct masu_copy_options options = {.size = sizeof(options),
						  .source = from->c,
						  .target = to->c,
						  .source_path = from->path,
						  .target_path = to->path,
						  .follow_link = o->follow,
						  .owners = o->archive,
						  .overwrite = o->overwrite};

	if (to->is_stream)
		return send_stream(o, from, err);
	if (from->is_stream)
		return receive_stream(o, to, err);
	return masu_copy(e, &options, err);
}

static int cp_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_side_ struct side from = {0}, to = {0};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = parse(operands[0], &from, err);

	if (r < 0)
		return r;
	r = parse(operands[1], &to, err);
	if (r < 0)
		return r;
	if (!from.container && !to.container)
		return err_set(err, ERR_INVALID, EINVAL,
			       "one of SOURCE, TARGET must be CONTAINER:PATH");
	r = cli_engine(&e, err);
	if (r < 0)
		return r;
	r = find(e, &from, err);
	if (r < 0)
		return r;
	r = find(e, &to, err);
	return r < 0 ? r : copy(e, values, &from, &to, err);
}

static const struct option_row cp_options[] = {
	OPTION_ROW(OPTION_FLAG, struct cp_options, archive, 'a', "archive", NULL,
		   "Keep the numbers of users and groups"),
	OPTION_ROW(OPTION_FLAG, struct cp_options, follow, 'L', "follow-link", NULL,
		   "Copy the target of SOURCE if it is a symbolic link"),
	OPTION_ROW(OPTION_FLAG, struct cp_options, overwrite, 0, "overwrite", NULL,
		   "Let a directory replace another file, and the reverse"),
	{0},
};

const struct command command_cp = {
	.name = "cp",
	.operands = "SOURCE TARGET",
	.summary = "Copy files between a container and the host",
	.notes =
		"SOURCE and TARGET are CONTAINER:PATH or PATH. \"-\" is a tar archive on standard\n"
		"input or output.",
	.options = cp_options,
	.values_size = sizeof(struct cp_options),
	.min_operands = 2,
	.max_operands = 2,
	.run = cp_run,
};

/* export */

struct export_options {
	const char *output;
};

static int export_to(void *container, int fd, struct masu_error *err)
{
	const struct masu_archive_get_options options = {.size = sizeof(options),
							 .write = archive_file_write,
							 .userdata = &fd,
							 .bare = true};

	return masu_container_archive_get(container, "/", &options, err);
}

/* The container is found first: a mistyped name costs no file. */
static int export_run(const void *values, char **operands, struct masu_error *err)
{
	const struct export_options *o = values;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;

	if (!o->output && archive_file_refuse_terminal(err) < 0)
		return err_hint(err, "write it to a file: masu export -o FILE %s", operands[0]);
	int r = cli_engine(&e, err);
	if (r == 0)
		r = masu_container_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	return o->output ? output_file_write(o->output, export_to, c, err)
			 : export_to(c, STDOUT_FILENO, err);
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
