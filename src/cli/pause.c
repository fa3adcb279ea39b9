/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/selection.h"

static bool is_running(const masu_container *c)
{
	return masu_container_status(c) == MASU_STATUS_RUNNING;
}

static bool is_paused(const masu_container *c)
{
	return masu_container_status(c) == MASU_STATUS_PAUSED;
}

static int pause_one(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_pause(c, err);
}

static int unpause_one(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_unpause(c, err);
}

static int pause_run(const void *values, char **operands, struct masu_error *err)
{
	return selection_each(values, operands, is_running, pause_one, NULL, err);
}

static int unpause_run(const void *values, char **operands, struct masu_error *err)
{
	return selection_each(values, operands, is_paused, unpause_one, NULL, err);
}

static void pause_init(void *values)
{
	selection_init(values);
}

static void pause_done(void *values)
{
	selection_done(values);
}

static const struct option_row pause_options[] = {SELECTION_ROWS('f'), {0}};

const struct command command_pause = {
	.name = "pause",
	.operands = "[CONTAINER...]",
	.summary = "Freeze all processes of containers",
	.options = pause_options,
	.values_size = sizeof(struct selection),
	.init = pause_init,
	.done = pause_done,
	.max_operands = OPERANDS_ANY,
	.run = pause_run,
};

const struct command command_unpause = {
	.name = "unpause",
	.operands = "[CONTAINER...]",
	.summary = "Let the processes of paused containers continue",
	.options = pause_options,
	.values_size = sizeof(struct selection),
	.init = pause_init,
	.done = pause_done,
	.max_operands = OPERANDS_ANY,
	.run = unpause_run,
};
