/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cli/cli.h"

struct rm_options {
	struct masu_remove_options remove;
	bool ignore;
};

static int rm_one(masu_engine *e, const char *operand, const void *arg, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	const struct rm_options *o = arg;
	int r = masu_container_find(e, operand, &c, err);

	if (r == 0)
		r = masu_container_remove(c, &o->remove, err);
	return r == -ENOENT && o->ignore ? 0 : r;
}

static int rm_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	return r < 0 ? r : cli_each(e, operands, false, rm_one, values);
}

static void rm_init(void *values)
{
	struct rm_options *o = values;

	o->remove.size = sizeof(o->remove);
}

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct rm_options, remove.force, 'f', "force", NULL,
		   "kill it first if it is running"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, ignore, 'i', "ignore", NULL,
		   "report no error for one that does not exist"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, remove.volumes, 'v', "volumes", NULL,
		   "remove its anonymous volumes, too"),
	{0},
};

const struct command command_rm = {
	.name = "rm",
	.operands = "CONTAINER...",
	.summary = "Remove containers",
	.options = rm_options,
	.values_size = sizeof(struct rm_options),
	.init = rm_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};
