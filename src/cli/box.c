/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/env-args.h"
#include "cli/format.h"
#include "cli/image-args.h"
#include "cli/list.h"
#include "cli/mount-args.h"
#include "cli/progress.h"

struct box_options {
	struct masu_create_options create;
	struct masu_box_enter_options enter;
	struct masu_box_export_options export;
	struct mount_args mounts;
	struct platform_args platform;
	struct list_options list;
	char **env;
	bool all, force, quiet;
};

static void box_done(void *values)
{
	mount_args_done(&((struct box_options *)values)->mounts);
}

static int read_env(const struct box_options *o, char ***ret, struct masu_error *err)
{
	STRV_FOREACH(arg, o->env) {
		int r = env_args_add(ret, *arg, err);

		if (r < 0)
			return err_prefix(err, "option '--env'");
	}
	return 0;
}

/* create */

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	_cleanup_progress_view_ struct progress_view progress = {0};
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *platform = NULL;
	_cleanup_strv_ char **env = NULL;
	struct masu_create_options create = o->create;
	int r = read_env(o, &env, err);

	if (r == 0)
		r = platform_args_join(&o->platform, &platform, err);
	if (r == 0)
		r = cli_engine(&e, err);
	if (r < 0)
		return r;
	create.size = sizeof(create);
	create.image = operands[0];
	create.name = operands[1];
	create.platform = platform;
	create.progress = o->quiet ? NULL : progress_show;
	create.progress_userdata = &progress;
	create.env = env;
	create.mounts = (const struct masu_mount *const *)o->mounts.item;
	r = masu_box_create(e, &create, &c, err);
	if (r == 0)
		(void)puts(masu_container_name(c));
	return r;
}

static const struct option_row create_options[] = {
	OPTION_ROW(OPTION_STRING, struct box_options, create.authfile, 0, "authfile", "FILE",
		   "Read the credentials for a registry from this file"),
	OPTION_ROW(OPTION_LIST, struct box_options, env, 'e', "env", "NAME[=VALUE]",
		   "Set a variable in the box"),
	OPTION_ROW(OPTION_STRING, struct box_options, create.gpus, 0, "gpus", "GPU",
		   "Give it GPUs by their CDI files: all, a number or device=NAME"),
	PLATFORM_ROWS(struct box_options),
	OPTION_ROW_PARSE(image_args_pull, struct box_options, create.pull, 0, "pull", "POLICY",
			 "Pull the image: missing (default), always, never or newer"),
	OPTION_ROW(OPTION_FLAG, struct box_options, quiet, 'q', "quiet", NULL,
		   "Print no progress of a pull"),
	OPTION_ROW(OPTION_FLAG, struct box_options, create.replace, 0, "replace", NULL,
		   "Remove a container of the same name first"),
	OPTION_ROW_PARSE(mount_args_add_volume, struct box_options, mounts, 'v', "volume",
			 "[SRC:]DST[:OPT]", "Mount a further directory, file or volume"),
	{0},
};

static const struct command command_create_box = {
	.name = "box create",
	.operands = "IMAGE [NAME]",
	.summary = "Create a box from an image, and print its name",
	.notes = "IMAGE is as for 'run'. NAME is made of the image's name by default.",
	.options = create_options,
	.values_size = sizeof(struct box_options),
	.done = box_done,
	.min_operands = 1,
	.max_operands = 2,
	.run = create_run,
};

/* enter */

/* The title of the terminal's window is the name of the box until it is left. Its own shell may change it. */
static bool push_title(const char *name)
{
	const char *term = getenv("TERM");

	if (!term || streq(term, "linux") || streq(term, "dumb"))
		return false;
	(void)printf("\033[22;2t\033]2;%s\a", name);
	(void)fflush(stdout);
	return true;
}

static int enter_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **env = NULL;
	char **command = operands[0] ? operands + 1 : operands;
	struct masu_box_enter_options enter = o->enter;
	int status = 0;
	int r = read_env(o, &env, err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = masu_box_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	enter.size = sizeof(enter);
	enter.command = *command && streq(*command, "--") ? command + 1 : command;
	enter.env = env;
	enter.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	bool titled = enter.tty && push_title(masu_container_name(c));
	r = masu_box_enter(c, &enter, &status, err);
	if (titled)
		(void)fputs("\033[23;2t", stdout);
	return r < 0 ? r : status;
}

static const struct option_row enter_options[] = {
	OPTION_ROW(OPTION_LIST, struct box_options, env, 'e', "env", "NAME[=VALUE]",
		   "Set a variable of the command"),
	OPTION_ROW(OPTION_FLAG, struct box_options, enter.root, 0, "root", NULL,
		   "Enter as root of the box"),
	OPTION_ROW(OPTION_STRING, struct box_options, enter.workdir, 'w', "workdir", "DIR",
		   "Start in this directory of the box (default: the working directory)"),
	{0},
};

static const struct command command_enter_box = {
	.name = "box enter",
	.operands = "[BOX [-- COMMAND [ARG...]]]",
	.summary = "Run a shell or a command in a box, which is started first",
	.notes =
		"BOX may be left out if there is only one.\n\n"
		"The exit status is the command's; 125 when masu fails, 126 when the command can't\n"
		"be executed, 127 when it doesn't exist.",
	.options = enter_options,
	.values_size = sizeof(struct box_options),
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = enter_run,
};

/* export */

static int print_exports(masu_container *c, struct masu_error *err)
{
	_cleanup_json_ struct json_object *list = NULL;
	_cleanup_free_ char *text = NULL;
	int r = masu_box_exports(c, &text, err);

	if (r == 0)
		r = list_parse(text, &list, err);
	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
		(void)puts(json_object_get_string(json_object_array_get_idx(list, i)));
	return r;
}

static int export_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	struct masu_box_export_options export = o->export;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *path = NULL;

	if (o->all + !!export.app + !!export.bin != 1 || (o->all && export.remove))
		return err_set(err, ERR_INVALID, EINVAL,
			       "one of the options --app, --bin and --list is needed");
	int r = cli_engine(&e, err);
	if (r == 0)
		r = masu_box_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	if (o->all)
		return print_exports(c, err);
	export.size = sizeof(export);
	r = masu_box_export(c, &export, &path, err);
	if (r == 0)
		(void)puts(path);
	return r;
}

static const struct option_row export_options[] = {
	OPTION_ROW(OPTION_STRING, struct box_options, export.app, 0, "app", "APP",
		   "Export an application, by its desktop file"),
	OPTION_ROW(OPTION_STRING, struct box_options, export.bin, 0, "bin", "PATH",
		   "Export a program"),
	OPTION_ROW(OPTION_FLAG, struct box_options, export.remove, 'd', "delete", NULL,
		   "Remove the earlier export"),
	OPTION_ROW(OPTION_FLAG, struct box_options, all, 'l', "list", NULL,
		   "Print the files that the box has on the host"),
	{0},
};

static const struct command command_export_box = {
	.name = "box export",
	.operands = "[BOX]",
	.summary = "Put an application or a program of a box on the host",
	.notes =
		"The application is in the menus of the desktop then, the program in ~/.local/bin.",
	.options = export_options,
	.values_size = sizeof(struct box_options),
	.max_operands = 1,
	.run = export_run,
};

/* host-exec */

static int host_exec_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	_cleanup_strv_ char **env = NULL;
	int status = 0;
	int r = read_env(o, &env, err);

	if (r < 0)
		return r;
	const struct masu_host_exec_options exec = {
		.size = sizeof(exec),
		.command = operands,
		.env = env,
		.workdir = o->enter.workdir,
		.notice = cli_print_notice,
	};
	r = masu_box_host_exec(&exec, &status, err);
	return r < 0 ? r : status;
}

static const struct option_row host_exec_options[] = {
	OPTION_ROW(OPTION_LIST, struct box_options, env, 'e', "env", "NAME[=VALUE]",
		   "Set a variable, or pass on the caller's"),
	OPTION_ROW(OPTION_STRING, struct box_options, enter.workdir, 'w', "workdir", "DIR",
		   "Run in this directory of the host (default: the working directory)"),
	{0},
};

static const struct command command_host_exec = {
	.name = "box host-exec",
	.operands = "COMMAND [ARG...]",
	.summary = "Run a command on the host, from inside a box",
	.notes =
		"The exit status is the command's; 125 when masu fails, 126 when the command cannot\n"
		"be executed, 127 when it does not exist.",
	.options = host_exec_options,
	.values_size = sizeof(struct box_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = host_exec_run,
};

/* list */

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	char ago[TIME_STAMP_MAX];

	table_add(t, "%s", masu_container_name(item));
	table_add(t, "%s", masu_container_image(item));
	table_add(t, "%s", masu_status_name(masu_container_status(item)));
	table_add(t, "%s", time_ago(masu_container_created(item), now, ago));
}

static const void *get_box(const void *list, size_t index)
{
	return masu_container_list_get(list, index);
}

static int box_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_container_summary(item, &text, err);

	return r < 0 ? r : list_parse(text, ret, err);
}

static const char *box_name(const void *item)
{
	return masu_container_name(item);
}

static const char *const titles[] = {"NAME", "IMAGE", "STATUS", "CREATED"};
static const char *const fields[] = {"Names", "Image", "State", "RunningFor"};
static const struct list_view boxes_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_box,
	.add_row = add_row,
	.to_json = box_json,
	.id = box_name,
};

/* All boxes, whether they run or not. */
static int read_boxes(masu_engine *e, masu_container_list **ret, struct masu_error *err)
{
	static char *const labels[] = {(char *)MASU_BOX_LABEL, NULL};
	static const struct masu_list_options all = {
		.size = sizeof(all), .all = true, .labels = labels};

	return masu_container_list_read(e, &all, ret, err);
}

static int list_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	struct list_options list_options = o->list;
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = list_check(&boxes_view, &o->list, err);

	list_options.no_trunc = true; /* names are whole */
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = read_boxes(e, &list, err);
	if (r < 0)
		return r;
	return list_print(&boxes_view, &list_options, list, masu_container_list_count(list), err);
}

static const struct option_row list_rows[] = {
	OPTION_ROW(OPTION_STRING, struct box_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct box_options, list.no_heading, 'n', "noheading", NULL,
		   "Print no titles"),
	OPTION_ROW(OPTION_FLAG, struct box_options, list.quiet, 'q', "quiet", NULL,
		   "Print names only"),
	{0},
};

static const struct command command_list_boxes = {
	.name = "box list",
	.operands = "",
	.summary = "List boxes",
	.options = list_rows,
	.values_size = sizeof(struct box_options),
	.run = list_run,
};

/* rm */

static int rm_one(masu_engine *e, const char *name, const void *arg, struct masu_error *err)
{
	const struct box_options *o = arg;
	const struct masu_remove_options remove = {.size = sizeof(remove), .force = o->force};
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = masu_box_find(e, name, &c, err);

	if (r == -ENOENT)
		(void)err_hint(err, "'masu box list' prints the names of all boxes");
	return r < 0 ? r : masu_container_remove(c, &remove, err);
}

static int all_names(masu_engine *e, char ***ret, struct masu_error *err)
{
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	_cleanup_strv_ char **names = NULL;
	int r = read_boxes(e, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < masu_container_list_count(list); i++)
		if (strv_push(&names, masu_container_name(masu_container_list_get(list, i))) < 0)
			return err_oom(err);
	*ret = TAKE_PTR(names);
	return 0;
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	const struct box_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **all = NULL;
	int r = cli_check_all(o->all, operands, "BOX", err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0 && o->all)
		r = all_names(e, &all, err);
	if (r < 0)
		return r;
	return o->all && !all ? 0 : cli_each(e, o->all ? all : operands, false, rm_one, o);
}

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct box_options, all, 'a', "all", NULL, "Remove all boxes"),
	OPTION_ROW(OPTION_FLAG, struct box_options, force, 'f', "force", NULL,
		   "Kill a running box first"),
	{0},
};

static const struct command command_rm_box = {
	.name = "box rm",
	.operands = "[BOX...]",
	.summary = "Remove boxes, but no file of the home",
	.options = rm_options,
	.values_size = sizeof(struct box_options),
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};

static const struct subcommand subcommands[] = {
	{"create", &command_create_box},
	{"enter", &command_enter_box},
	{"export", &command_export_box},
	{"host-exec", &command_host_exec},
	{"list", &command_list_boxes},
	{"ls", &command_list_boxes},
	{"remove", &command_rm_box},
	{"rm", &command_rm_box},
	{0},
};

const struct command command_box = {
	.name = "box",
	.operands = "COMMAND",
	.summary = "Create and enter boxes, which feel like the host's shell",
	.subcommands = subcommands,
};
