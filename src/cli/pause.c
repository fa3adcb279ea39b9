/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cli/cli.h"

struct pause_options {
	bool all;
};

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
	(void)arg;
	return masu_container_pause(c, err);
}

static int unpause_one(masu_container *c, const void *arg, struct masu_error *err)
{
	(void)arg;
	return masu_container_unpause(c, err);
}

static int check_operands(const struct pause_options *o, char **operands, struct masu_error *err)
{
	if (!o->all && !*operands)
		return err_set(err, ERR_INVALID, EINVAL, "missing argument: CONTAINER, or --all");
	if (o->all && *operands)
		return err_set(err, ERR_INVALID, EINVAL, "--all takes no containers");
	return 0;
}

static int pause_run(const void *values, char **operands, struct masu_error *err)
{
	static const struct masu_list_options listed = {.size = sizeof(listed)};
	int r = check_operands(values, operands, err);

	if (r < 0)
		return r;
	return *operands ? cli_each_container(operands, pause_one, NULL, err)
			 : cli_each_listed(&listed, is_running, pause_one, NULL, err);
}

static int unpause_run(const void *values, char **operands, struct masu_error *err)
{
	static const struct masu_list_options listed = {.size = sizeof(listed)};
	int r = check_operands(values, operands, err);

	if (r < 0)
		return r;
	return *operands ? cli_each_container(operands, unpause_one, NULL, err)
			 : cli_each_listed(&listed, is_paused, unpause_one, NULL, err);
}

static const struct option_row pause_options[] = {
	OPTION_ROW(OPTION_FLAG, struct pause_options, all, 'a', "all", NULL,
		   "Pause all running containers"),
	{0},
};

const struct command command_pause = {
	.name = "pause",
	.operands = "[CONTAINER...]",
	.summary = "Freeze all processes of containers",
	.options = pause_options,
	.values_size = sizeof(struct pause_options),
	.max_operands = OPERANDS_ANY,
	.run = pause_run,
};

static const struct option_row unpause_options[] = {
	OPTION_ROW(OPTION_FLAG, struct pause_options, all, 'a', "all", NULL,
		   "Unpause all paused containers"),
	{0},
};

const struct command command_unpause = {
	.name = "unpause",
	.operands = "[CONTAINER...]",
	.summary = "Let the processes of paused containers continue",
	.options = unpause_options,
	.values_size = sizeof(struct pause_options),
	.max_operands = OPERANDS_ANY,
	.run = unpause_run,
};
