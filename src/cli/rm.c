/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cli/cli.h"
#include "engine/remove.h"

struct rm_options {
	bool force, volumes, ignore;
};

static int rm_one(struct engine *e, const char *what, const void *arg, struct err *err)
{
	const struct rm_options *o = arg;
	int r = engine_remove(e, what, o->force, o->volumes, err);

	return r == -ENOENT && o->ignore ? 0 : r;
}

static int rm_run(const void *values, char **operands, struct err *err)
{
	_cleanup_engine_ struct engine e = {0};
	int r = cli_engine(&e, err);

	return r < 0 ? r : cli_each(&e, operands, false, rm_one, values);
}

static const struct option_row rm_options[] = {
	OPTION_ROW(OPTION_FLAG, struct rm_options, force, 'f', "force", NULL,
		   "end it first when it runs"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, ignore, 'i', "ignore", NULL,
		   "no error for one that does not exist"),
	OPTION_ROW(OPTION_FLAG, struct rm_options, volumes, 'v', "volumes", NULL,
		   "remove its volumes without a name, too"),
	{0},
};

const struct command command_rm = {
	.name = "rm",
	.operands = "CONTAINER...",
	.summary = "Remove containers",
	.options = rm_options,
	.values_size = sizeof(struct rm_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = rm_run,
};
