/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static int rename_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_find(e, operands[0], &c, err);
	return r < 0 ? r : masu_container_rename(c, operands[1], err);
}

const struct command command_rename = {
	.name = "rename",
	.operands = "CONTAINER NAME",
	.summary = "Give a container another name",
	.min_operands = 2,
	.max_operands = 2,
	.run = rename_run,
};
