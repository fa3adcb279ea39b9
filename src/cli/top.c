/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/table.h"

static void add_cells(struct table *t, struct json_object *row)
{
	for (size_t i = 0; i < t->columns; i++)
		table_add(t, "%s",
			  str_or_empty(json_object_get_string(json_object_array_get_idx(row, i))));
}

static int print_processes(const char *text, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *titles = NULL, *rows = NULL;
	int r = json_parse(text, strlen(text), "processes", &doc, err);

	if (r < 0)
		return r;
	r = json_get_array(doc, "", "Titles", &titles, err);
	if (r < 0)
		return r;
	r = json_get_array(doc, "", "Processes", &rows, err);
	if (r < 0)
		return r;
	_cleanup_table_ struct table t = {.columns = json_object_array_length(titles)};
	add_cells(&t, titles);
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		add_cells(&t, json_object_array_get_idx(rows, i));
	return table_print(&t, err);
}

static int top_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_free_ char *text = NULL;
	int r = cli_engine(&e, err);

	if (r < 0)
		return r;
	r = masu_container_find(e, operands[0], &c, err);
	if (r < 0)
		return r;
	r = masu_container_top(c, operands + 1, &text, err);
	return r < 0 || !text ? r : print_processes(text, err);
}

static const struct option_row top_options[] = {LATEST_ROW(struct latest_options), {0}};

const struct command command_top = {
	.name = "top",
	.operands = "CONTAINER [COLUMN... | OPTION-OF-PS...]",
	.summary = "Print the processes of a container",
	.notes =
		"Columns: args, comm, etime, group, hgroup, hpid, huser, nice, pcpu, pgid, pid,\n"
		"ppid, rss, state, time, tty, user, vsz. Anything else is passed to the host's ps.",
	.options = top_options,
	.values_size = sizeof(struct latest_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.latest = LATEST_FIRST,
	.run = top_run,
};
