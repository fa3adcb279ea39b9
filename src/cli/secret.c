/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/env-args.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/list.h"

#define _cleanup_secret_list_ _cleanup_(masu_secret_list_freep)

struct secret_options {
	struct list_options list;
	const char *driver;
	char **labels;
	struct masu_secret_filter filter;
	bool all, env, ignore, replace, show;
};

/* create */

static int check_driver(const char *driver, struct masu_error *err)
{
	if (!driver || streq(driver, "file"))
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		       "option '--driver %s': supported drivers: file", driver);
}

static int read_variable(const char *name, char **ret, size_t *ret_size, struct masu_error *err)
{
	const char *value = getenv(name);
	char *copy = value ? strdup(value) : NULL;

	if (!value)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "the variable '%s' is not set", name);
	if (!copy)
		return err_oom(err);
	*ret_size = strlen(copy);
	*ret = copy;
	return 0;
}

static int read_file(const char *path, char **ret, size_t *ret_size, struct masu_error *err)
{
	bool standard = streq(path, "-");
	_cleanup_close_ int own = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (!standard && own < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	int r = fd_read_all(standard ? STDIN_FILENO : own, MASU_SECRET_SIZE_MAX, ret, ret_size);
	if (r == -EFBIG)
		return err_set(err, ERR_INVALID, EFBIG, "'%s' is larger than %d bytes", path,
			       MASU_SECRET_SIZE_MAX);
	return r < 0 ? err_sys(err, r, "cannot read '%s'", path) : 0;
}

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	const struct secret_options *o = values;
	struct masu_secret_create_options create = {
		.size = sizeof(create), .replace = o->replace, .ignore = o->ignore};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **labels = NULL;
	_cleanup_free_ char *bytes = NULL, *id = NULL;
	size_t size = 0;
	int r = check_driver(o->driver, err);

	STRV_FOREACH(label, o->labels)
		if (r == 0)
			r = label_args_add(&labels, *label, err);
	if (r == 0)
		r = cli_engine(&e, err);
	if (r < 0)
		return r;
	r = o->env ? read_variable(operands[1], &bytes, &size, err)
		   : read_file(operands[1], &bytes, &size, err);
	if (r < 0)
		return r;
	create.bytes = bytes;
	create.n_bytes = size;
	create.labels = labels;
	r = masu_secret_create(e, operands[0], &create, &id, err);
	explicit_bzero(bytes, size);
	if (r == 0)
		(void)puts(id);
	return r;
}

static const struct option_row create_options[] = {
	OPTION_ROW(OPTION_STRING, struct secret_options, driver, 'd', "driver", "file",
		   "Store by this driver; only file is supported"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, env, 0, "env", NULL,
		   "SOURCE is the name of a variable"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, ignore, 0, "ignore", NULL,
		   "Accept an existing secret"),
	OPTION_ROW(OPTION_LIST, struct secret_options, labels, 'l', "label", "KEY[=VALUE]",
		   "Set a label"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, replace, 0, "replace", NULL,
		   "Replace an existing secret"),
	{0},
};

static const struct command command_create_secret = {
	.name = "secret create",
	.operands = "NAME SOURCE",
	.summary = "Store a secret, and print its id",
	.notes = "SOURCE is a file, or - for standard input.",
	.options = create_options,
	.values_size = sizeof(struct secret_options),
	.min_operands = 2,
	.max_operands = 2,
	.run = create_run,
};

/* ls */

static void add_time(struct table *t, int64_t time_ns, int64_t now)
{
	char age[TIME_STAMP_MAX];

	table_add(t, "%s", time_ago(time_ns, now, age));
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	table_add(t, "%s", masu_secret_id(item));
	table_add(t, "%s", masu_secret_name(item));
	table_add(t, "file");
	add_time(t, masu_secret_created(item), now);
	add_time(t, masu_secret_updated(item), now);
}

static const void *get_secret(const void *list, size_t index)
{
	return masu_secret_list_get(list, index);
}

static int secret_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_secret_inspect(item, false, &text, err);

	return r < 0 ? r : list_parse(text, ret, err);
}

static const char *secret_id(const void *item)
{
	return masu_secret_id(item);
}

static const char *const titles[] = {"ID", "NAME", "DRIVER", "CREATED", "UPDATED"};
static const char *const fields[] = {"ID", "Name", "Driver", "CreatedAt", "UpdatedAt"};
static const struct list_view secrets_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_secret,
	.add_row = add_row,
	.to_json = secret_json,
	.id = secret_id,
};

static const struct filter_row ls_filters[] = {
	FILTER_ROW("id", FILTER_LIST, struct masu_secret_filter, ids),
	FILTER_ROW("label", FILTER_LIST, struct masu_secret_filter, labels),
	FILTER_ROW("name", FILTER_LIST, struct masu_secret_filter, names),
	{0},
};

static int ls_run(const void *values, char **operands, struct masu_error *err)
{
	const struct secret_options *o = values;
	struct list_options list_options = o->list;
	struct masu_secret_filter filter = o->filter;
	_cleanup_secret_list_ masu_secret_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, true, err);

	filter.size = sizeof(filter);
	list_options.no_trunc = true; /* ids are short */
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_secret_list_read(e, &filter, &list, err);
	if (r < 0)
		return r;
	return list_print(&secrets_view, &list_options, list, masu_secret_list_count(list), err);
}

static const struct option_row ls_options[] = {
	OPTION_ROW_FILTER(ls_filters, struct secret_options, filter, 'f',
			  "List only secrets for which this holds"),
	OPTION_ROW(OPTION_STRING, struct secret_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, list.no_heading, 'n', "noheading", NULL,
		   "Print no titles"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, list.quiet, 'q', "quiet", NULL,
		   "Print ids only"),
	{0},
};

static const struct command command_ls_secrets = {
	.name = "secret ls",
	.operands = "",
	.summary = "List secrets",
	.notes = "Filters: id=ID, label=KEY[=VALUE], name=TEXT.",
	.options = ls_options,
	.values_size = sizeof(struct secret_options),
	.run = ls_run,
};

/* inspect */

static int inspect_secret(masu_engine *e, const char *name, const void *arg, char **ret_json,
			  struct masu_error *err)
{
	_cleanup_(masu_secret_freep) masu_secret *s = NULL;
	const bool *show = arg;
	int r = masu_secret_find(e, name, &s, err);

	return r < 0 ? r : masu_secret_inspect(s, *show, ret_json, err);
}

static int inspect_run(const void *values, char **operands, struct masu_error *err)
{
	const struct secret_options *o = values;
	const struct inspection i = {
		.fn = inspect_secret, .arg = &o->show, .format = o->list.format};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, false, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	return r < 0 ? r : cli_inspect_each(e, operands, &i, err);
}

static const struct option_row inspect_options[] = {
	OPTION_ROW(OPTION_STRING, struct secret_options, list.format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, show, 0, "showsecret", NULL,
		   "Print the secret itself, too"),
	{0},
};

static const struct command command_inspect_secret = {
	.name = "secret inspect",
	.operands = "SECRET...",
	.summary = "Show all about secrets, as JSON",
	.options = inspect_options,
	.values_size = sizeof(struct secret_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};

/* rm */

static int rm_one(masu_engine *e, const char *name, const void *arg, struct masu_error *err)
{
	const struct secret_options *o = arg;
	int r = masu_secret_remove(e, name, err);

	if (r != -ENOENT || !o->ignore)
		return r;
	err_done(err);
	return 0;
}

static int all_names(masu_engine *e, char ***ret, struct masu_error *err)
{
	_cleanup_secret_list_ masu_secret_list *list = NULL;
	_cleanup_strv_ char **names = NULL;
	int r = masu_secret_list_read(e, NULL, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < masu_secret_list_count(list); i++)
		if (strv_push(&names, masu_secret_name(masu_secret_list_get(list, i))) < 0)
			return err_oom(err);
	*ret = TAKE_PTR(names);
	return 0;
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	const struct secret_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **all = NULL;
	int r = cli_check_all(o->all, operands, "SECRET", err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0 && o->all)
		r = all_names(e, &all, err);
	if (r < 0)
		return r;
	return o->all && !all ? 0 : cli_each(e, o->all ? all : operands, false, rm_one, o);
}

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct secret_options, all, 'a', "all", NULL, "Remove all secrets"),
	OPTION_ROW(OPTION_FLAG, struct secret_options, ignore, 'i', "ignore", NULL,
		   "Accept secrets that do not exist"),
	{0},
};

static const struct command command_rm_secret = {
	.name = "secret rm",
	.operands = "[SECRET...]",
	.summary = "Remove secrets",
	.options = rm_options,
	.values_size = sizeof(struct secret_options),
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};

/* exists */

static int exists_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_(masu_secret_freep) masu_secret *s = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	if (r == 0)
		r = masu_secret_find(e, operands[0], &s, err);
	if (r != -ENOENT)
		return r;
	err_done(err);
	return 1;
}

static const struct command command_exists_secret = {
	.name = "secret exists",
	.operands = "SECRET",
	.summary = "Exit with 0 if a secret exists, and with 1 if not",
	.min_operands = 1,
	.max_operands = 1,
	.run = exists_run,
};

static const struct subcommand subcommands[] = {
	{"create", &command_create_secret},   {"exists", &command_exists_secret},
	{"inspect", &command_inspect_secret}, {"list", &command_ls_secrets},
	{"ls", &command_ls_secrets},	      {"remove", &command_rm_secret},
	{"rm", &command_rm_secret},	      {0},
};

const struct command command_secret = {
	.name = "secret",
	.operands = "COMMAND",
	.summary = "Create, list and remove secrets",
	.subcommands = subcommands,
};
