/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/selection.h"

struct rm_options {
	struct selection selection;
	struct masu_remove_options remove;
};

static int rm_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_remove(c, options, err);
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	const struct rm_options *o = values;

	return selection_each(&o->selection, operands, NULL, rm_one, &o->remove, err);
}

static void rm_init(void *values)
{
	struct rm_options *o = values;

	selection_init(&o->selection);
	o->remove.size = sizeof(o->remove);
}

static void rm_done(void *values)
{
	selection_done(&((struct rm_options *)values)->selection);
}

static const struct option_row rm_options[] = {
	SELECTION_ROWS(0),
	OPTION_ROW(OPTION_FLAG, struct rm_options, remove.force, 'f', "force", NULL,
		   "Kill a running container first"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, selection.ignore, 'i', "ignore", NULL,
		   "Report no error for one that does not exist"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, remove.volumes, 'v', "volumes", NULL,
		   "Remove its anonymous volumes, too"),
	{0},
};

const struct command command_rm = {
	.name = "rm",
	.operands = "[CONTAINER...]",
	.summary = "Remove containers",
	.options = rm_options,
	.values_size = sizeof(struct rm_options),
	.init = rm_init,
	.done = rm_done,
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};
