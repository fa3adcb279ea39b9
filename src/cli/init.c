/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/selection.h"

static bool is_created(const masu_container *c)
{
	return masu_container_status(c) == MASU_STATUS_CREATED;
}

static int init_one(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_init(c, err);
}

static int init_run(const void *values, char **operands, struct masu_error *err)
{
	return selection_each(values, operands, is_created, init_one, NULL, err);
}

static void init_init(void *values)
{
	selection_init(values);
}

static void init_done(void *values)
{
	selection_done(values);
}

static const struct option_row init_options[] = {SELECTION_ROWS('f'), {0}};

const struct command command_init = {
	.name = "init",
	.operands = "[CONTAINER...]",
	.summary = "Prepare containers without executing their commands",
	.options = init_options,
	.values_size = sizeof(struct selection),
	.init = init_init,
	.done = init_done,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.run = init_run,
};
