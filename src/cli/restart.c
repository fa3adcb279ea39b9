/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
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

static int restart_listed(const struct restart_options *o, struct masu_error *err)
{
	const struct masu_list_options options = {.size = sizeof(options), .all = o->all};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	masu_container *c;
	int status = 0, r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_list_read(e, &options, &list, err);
	if (r < 0)
		return r;
	for (size_t i = 0; (c = masu_container_list_get(list, i)); i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (masu_container_restart(c, &o->stop, &own) < 0)
			status = log_err(&own);
		else
			(void)puts(masu_container_name(c));
	}
	return status;
}

static int restart_run(const void *values, char **operands, struct masu_error *err)
{
	const struct restart_options *o = values;

	if ((o->all || o->running) == (*operands != NULL))
		return err_set(err, ERR_INVALID, EINVAL,
			       "restart takes containers, or one of --all and --running");
	return *operands ? cli_each_container(operands, restart_one, &o->stop, err)
			 : restart_listed(o, err);
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
