/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/format.h"

struct check_options {
	struct list_options list;
	struct masu_check_options check;
};

static void check_init(void *values)
{
	struct check_options *o = values;

	o->check.size = sizeof(o->check);
}

static int check_run(const void *values, char **operands, struct masu_error *err)
{
	const struct check_options *o = values;
	_cleanup_(masu_finding_list_freep) masu_finding_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, true, err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = masu_engine_check(e, &o->check, &list, err);
	if (r == 0)
		r = findings_print(list, &o->list, err);
	if (r < 0)
		return r;
	/* Errors come first; a note tells of a repair. */
	return masu_finding_list_count(list) > 0 &&
	       masu_finding_list_get(list, 0)->severity > MASU_SEVERITY_NOTE;
}

static const struct option_row check_options[] = {
	OPTION_ROW(OPTION_FLAG, struct check_options, check.force, 'f', "force", NULL,
		   "Remove objects that cannot be repaired; with --repair"),
	OPTION_ROW(OPTION_STRING, struct check_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct check_options, check.quick, 'q', "quick", NULL,
		   "Do not read the bytes of blobs"),
	OPTION_ROW(OPTION_FLAG, struct check_options, check.repair, 'r', "repair", NULL,
		   "Fetch damaged blobs again, and remove leftover files"),
	{0},
};

const struct command command_system_check = {
	.name = "system check",
	.operands = "",
	.summary = "Check the store for damaged and leftover files",
	.options = check_options,
	.values_size = sizeof(struct check_options),
	.init = check_init,
	.run = check_run,
};
