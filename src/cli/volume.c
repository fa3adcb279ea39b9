/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/env-args.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/list.h"

#define _cleanup_volume_list_ _cleanup_(masu_volume_list_freep)

struct volume_options {
	struct list_options list;
	const char *driver;
	char **labels, **options;
	struct masu_volume_filter filter;
	bool all, force, ignore;
};

/* create */

static int check_driver(const char *driver, struct masu_error *err)
{
	if (!driver || streq(driver, "local"))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '--driver %s': supported drivers: local", driver);
}

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	const struct volume_options *o = values;
	struct masu_volume_create_options create = {.size = sizeof(create), .ignore = o->ignore};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **labels = NULL;
	_cleanup_free_ char *name = NULL;
	int r = check_driver(o->driver, err);

	STRV_FOREACH(label, o->labels)
		if (r == 0)
			r = label_args_add(&labels, *label, err);
	if (r == 0)
		r = cli_engine(&e, err);
	if (r < 0)
		return r;
	create.labels = labels;
	create.options = o->options;
	r = masu_volume_create(e, operands[0], &create, &name, err);
	if (r == 0)
		(void)puts(name);
	return r;
}

static const struct option_row create_options[] = {
	OPTION_ROW(OPTION_STRING, struct volume_options, driver, 'd', "driver", "local",
		   "Create it by this driver; only local is supported"),
	OPTION_ROW(OPTION_FLAG, struct volume_options, ignore, 0, "ignore", NULL,
		   "Accept an existing volume"),
	OPTION_ROW(OPTION_LIST, struct volume_options, labels, 'l', "label", "KEY[=VALUE]",
		   "Set a label"),
	OPTION_ROW(OPTION_LIST, struct volume_options, options, 'o', "opt", "KEY=VALUE",
		   "Have containers mount this: type=tmpfs|none, device=DIR, o=bind|WORD,..."),
	{0},
};

static const struct command command_create_volume = {
	.name = "volume create",
	.operands = "[NAME]",
	.summary = "Create a volume, and print its name",
	.options = create_options,
	.values_size = sizeof(struct volume_options),
	.max_operands = 1,
	.run = create_run,
};

/* ls */

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	table_add(t, "local");
	table_add(t, "%s", masu_volume_name(item));
}

static const void *get_volume(const void *list, size_t index)
{
	return masu_volume_list_get(list, index);
}

static int volume_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_volume_inspect(item, &text, err);

	return r < 0 ? r : list_parse(text, ret, err);
}

static const char *volume_name(const void *item)
{
	return masu_volume_name(item);
}

static const char *const titles[] = {"DRIVER", "VOLUME NAME"};
static const char *const fields[] = {"Driver", "Name"};
static const struct list_view volumes_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_volume,
	.add_row = add_row,
	.to_json = volume_json,
	.id = volume_name,
};

static int parse_driver(const char *value, void *filter, struct masu_error *err)
{
	return streq(value, "local")
		       ? 0
		       : err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "supported drivers: local");
}

static const struct filter_row ls_filters[] = {
	FILTER_ROW("anonymous", FILTER_CHOICE, struct masu_volume_filter, anonymous),
	FILTER_ROW("dangling", FILTER_CHOICE, struct masu_volume_filter, unused),
	FILTER_ROW_PARSE("driver", parse_driver),
	FILTER_ROW("label", FILTER_LIST, struct masu_volume_filter, labels),
	FILTER_ROW("label!", FILTER_LIST, struct masu_volume_filter, not_labels),
	FILTER_ROW("name", FILTER_LIST, struct masu_volume_filter, names),
	FILTER_ROW("until", FILTER_TIME, struct masu_volume_filter, created_before),
	{0},
};

static int ls_run(const void *values, char **operands, struct masu_error *err)
{
	const struct volume_options *o = values;
	struct list_options list_options = o->list;
	struct masu_volume_filter filter = o->filter;
	_cleanup_volume_list_ masu_volume_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, true, err);

	filter.size = sizeof(filter);
	list_options.no_trunc = true; /* names */
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_volume_list_read(e, &filter, &list, err);
	if (r < 0)
		return r;
	return list_print(&volumes_view, &list_options, list, masu_volume_list_count(list), err);
}

static const struct option_row ls_options[] = {
	OPTION_ROW_FILTER(ls_filters, struct volume_options, filter, 'f',
			  "List only volumes for which this holds"),
	OPTION_ROW(OPTION_STRING, struct volume_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct volume_options, list.quiet, 'q', "quiet", NULL,
		   "Print names only"),
	{0},
};

static const struct command command_ls_volumes = {
	.name = "volume ls",
	.operands = "",
	.summary = "List volumes",
	.notes =
		"Filters: anonymous=true|false, dangling=true|false, driver=local, label=KEY[=VALUE],\n"
		"label!=KEY[=VALUE], name=TEXT, until=TIME.",
	.options = ls_options,
	.values_size = sizeof(struct volume_options),
	.run = ls_run,
};

/* The names of all volumes, or of the unused ones. */
static int all_names(masu_engine *e, bool unused, char ***ret, struct masu_error *err)
{
	const struct masu_volume_filter filter = {.size = sizeof(filter),
						  .unused = unused ? MASU_YES : MASU_ANY};
	_cleanup_volume_list_ masu_volume_list *list = NULL;
	_cleanup_strv_ char **names = NULL;
	int r = masu_volume_list_read(e, &filter, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < masu_volume_list_count(list); i++)
		if (strv_push(&names, masu_volume_name(masu_volume_list_get(list, i))) < 0)
			return err_oom(err);
	*ret = TAKE_PTR(names);
	return 0;
}

/* inspect */

static int inspect_run(const void *values, char **operands, struct masu_error *err)
{
	const struct volume_options *o = values;
	const struct inspection i = {.fn = cli_inspect_volume, .format = o->list.format};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **all = NULL;
	int r = cli_check_all(o->all, operands, "NAME", err);

	if (r == 0)
		r = format_check(o->list.format, false, err);
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0 && o->all)
		r = all_names(e, false, &all, err);
	return r < 0 ? r : cli_inspect_each(e, o->all ? all : operands, &i, err);
}

static const struct option_row inspect_options[] = {
	OPTION_ROW(OPTION_FLAG, struct volume_options, all, 'a', "all", NULL, "Print all volumes"),
	OPTION_ROW(OPTION_STRING, struct volume_options, list.format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	{0},
};

static const struct command command_inspect_volume = {
	.name = "volume inspect",
	.operands = "[NAME...]",
	.summary = "Show all about volumes, as JSON",
	.options = inspect_options,
	.values_size = sizeof(struct volume_options),
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};

/* rm */

static int rm_one(masu_engine *e, const char *name, const void *arg, struct masu_error *err)
{
	const struct volume_options *o = arg;

	return masu_volume_remove(e, name, o->force, err);
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	const struct volume_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **all = NULL;
	int r = cli_check_all(o->all, operands, "NAME", err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0 && o->all)
		r = all_names(e, !o->force, &all, err);
	if (r < 0)
		return r;
	return o->all && !all ? 0 : cli_each(e, o->all ? all : operands, false, rm_one, o);
}

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct volume_options, all, 'a', "all", NULL,
		   "Remove all volumes that are not in use; with --force all"),
	OPTION_ROW(OPTION_FLAG, struct volume_options, force, 'f', "force", NULL,
		   "Remove the containers that use it first, also running ones"),
	{0},
};

static const struct command command_rm_volume = {
	.name = "volume rm",
	.operands = "[NAME...]",
	.summary = "Remove volumes with all files in them",
	.options = rm_options,
	.values_size = sizeof(struct volume_options),
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};

static const struct subcommand subcommands[] = {
	{"create", &command_create_volume},
	{"exists", &command_exists_volume},
	{"export", &command_export_volume},
	{"import", &command_import_volume},
	{"inspect", &command_inspect_volume},
	{"ls", &command_ls_volumes},
	{"list", &command_ls_volumes},
	{"prune", &command_prune_volumes},
	{"rm", &command_rm_volume},
	{"remove", &command_rm_volume},
	{0},
};

const struct command command_volume = {
	.name = "volume",
	.operands = "COMMAND",
	.summary = "Create, list and remove volumes",
	.subcommands = subcommands,
};
