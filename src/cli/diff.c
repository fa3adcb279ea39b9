/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

#define _cleanup_changes_ _cleanup_(masu_change_list_freep)

static const char *kind(const void *item)
{
	static const char *const kinds[] = {[MASU_CHANGE_MODIFIED] = "C",
					    [MASU_CHANGE_ADDED] = "A",
					    [MASU_CHANGE_DELETED] = "D"};

	return kinds[masu_change_kind(item)];
}

static const void *get_change(const void *list, size_t index)
{
	return masu_change_list_get(list, index);
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	table_add(t, "%s", kind(item));
	table_add(t, "%s", masu_change_path(item));
}

static int to_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, doc, "Kind", kind(item));
	build_text(&b, doc, "Path", masu_change_path(item));
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(doc);
	return 0;
}

static const char *const titles[] = {"KIND", "PATH"};
static const char *const fields[] = {"Kind", "Path"};
static const struct list_view changes_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_change,
	.add_row = add_row,
	.to_json = to_json,
};

/* Lines without titles, as docker and podman have them. */
static int print_lines(const masu_change_list *list, struct masu_error *err)
{
	for (size_t i = 0; i < masu_change_list_count(list); i++) {
		const masu_change *change = masu_change_list_get(list, i);
		_cleanup_free_ char *path = strdup(masu_change_path(change));

		if (!path)
			return err_oom(err);
		str_disarm(path, false);
		(void)printf("%s %s\n", kind(change), path);
	}
	return 0;
}

struct diff_options {
	struct list_options list;
	bool latest;
};

static int diff_run(const void *values, char **operands, struct masu_error *err)
{
	const struct list_options *o = &((const struct diff_options *)values)->list;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_changes_ masu_change_list *list = NULL;
	int r = format_check(o->format, true, err);

	if (r < 0)
		return r;
	r = cli_container(operands[0], &e, &c, err);
	if (r < 0)
		return r;
	r = masu_container_changes(c, &list, err);
	if (r < 0)
		return r;
	return o->format ? list_print(&changes_view, o, list, masu_change_list_count(list), err)
			 : print_lines(list, err);
}

static const struct option_row diff_options[] = {
	OPTION_ROW(OPTION_STRING, struct diff_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	LATEST_ROW(struct diff_options),
	{0},
};

const struct command command_diff = {
	.name = "diff",
	.operands = "CONTAINER",
	.summary = "List the files of a container that differ from its image",
	.options = diff_options,
	.values_size = sizeof(struct diff_options),
	.min_operands = 1,
	.max_operands = 1,
	.latest = LATEST_ALL,
	.run = diff_run,
};
