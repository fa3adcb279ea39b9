/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/container-options.h"

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = container_options_create(e, values, operands, &c, err);
	if (r == 0)
		(void)puts(masu_container_id(c));
	return r;
}

const struct command command_create = {
	.name = "create",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Create a container without starting it",
	.notes = "IMAGE is as for 'run'. 'masu start' starts the container.",
	.more_options = container_option_rows,
	.values_size = sizeof(struct container_options),
	.init = container_options_init,
	.done = container_options_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = create_run,
};
