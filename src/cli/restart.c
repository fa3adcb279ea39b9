/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "cli/cli.h"
#include "cli/stop.h"

struct restart_options {
	struct masu_stop_options stop;
	bool all, running;
};

static void restart_init(void *values)
{
	struct restart_options *o = values;

	o->stop.size = sizeof(o->stop);
}

static int restart_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_restart(c, options, err);
}

static int restart_run(const void *values, char **operands, struct masu_error *err)
{
	const struct restart_options *o = values;
	const struct masu_list_options listed = {.size = sizeof(listed), .all = o->all};

	if ((o->all || o->running) == (*operands != NULL))
		return err_set(err, ERR_INVALID, EINVAL,
			       "restart takes containers, or one of --all and --running");
	return *operands ? cli_each_container(operands, restart_one, &o->stop, err)
			 : cli_each_listed(&listed, NULL, restart_one, &o->stop, err);
}

static const struct option_row restart_options[] = {
	OPTION_ROW(OPTION_FLAG, struct restart_options, all, 'a', "all", NULL,
		   "Restart all containers"),
	OPTION_ROW(OPTION_FLAG, struct restart_options, running, 0, "running", NULL,
		   "Restart all running containers"),
	OPTION_ROW_PARSE(stop_parse_time, struct restart_options, stop.timeout_s, 't', "time",
			 "SECONDS", "Before SIGKILL (default: the container's)"),
	{0},
};

const struct command command_restart = {
	.name = "restart",
	.operands = "[CONTAINER...]",
	.summary = "Stop containers and start them again",
	.options = restart_options,
	.values_size = sizeof(struct restart_options),
	.init = restart_init,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.run = restart_run,
};
