/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static int tag_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	for (char **name = operands + 1; r == 0 && *name; name++)
		r = masu_image_tag(e, operands[0], *name, err);
	return r;
}

const struct command command_tag = {
	.name = "tag",
	.operands = "IMAGE NAME...",
	.summary = "Give an image further names",
	.min_operands = 2,
	.max_operands = OPERANDS_ANY,
	.run = tag_run,
};
