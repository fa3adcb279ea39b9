/* SPDX-License-Identifier: Apache-2.0 */

/* stop, kill and restart. */

#include <errno.h>
#include <signal.h>

#include "base/signal-name.h"
#include "base/str.h"
#include "cli/cli.h"

static int stop_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_stop(c, options, err);
}

static int stop_run(const void *values, char **operands, struct masu_error *err)
{
	return cli_each_container(operands, stop_one, values, err);
}

/* --time, into the timeout_s of a struct masu_stop_options. */
static int parse_time(const char *text, void *field, struct masu_error *err)
{
	uint64_t seconds;

	if (str_to_uint64(text, INT32_MAX / 1000, &seconds) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of seconds");
	*(int *)field = seconds == 0 ? -1 : (int)seconds;
	return 0;
}

static void stop_init(void *values)
{
	*(struct masu_stop_options *)values = (struct masu_stop_options){
		.size = sizeof(struct masu_stop_options)};
}

static const struct option_row stop_options[] = {
	OPTION_ROW_PARSE(parse_time, struct masu_stop_options, timeout_s, 't', "time", "SECONDS",
			 "before SIGKILL (default: the container's)"),
	{0},
};

const struct command command_stop = {
	.name = "stop",
	.operands = "CONTAINER...",
	.summary = "Stop containers, gently at first",
	.options = stop_options,
	.values_size = sizeof(struct masu_stop_options),
	.init = stop_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = stop_run,
};

static int kill_one(masu_container *c, const void *signal, struct masu_error *err)
{
	return masu_container_kill(c, *(const int *)signal, err);
}

static int kill_run(const void *values, char **operands, struct masu_error *err)
{
	return cli_each_container(operands, kill_one, values, err);
}

static int parse_signal(const char *text, void *field, struct masu_error *err)
{
	int n = signal_from_string(text);

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal");
	*(int *)field = n;
	return 0;
}

static void kill_init(void *values)
{
	*(int *)values = SIGKILL;
}

static const struct option_row kill_options[] = {
	{"signal", 's', OPTION_PARSE, 0, "SIGNAL", "name or number (default KILL)", parse_signal},
	{0},
};

const struct command command_kill = {
	.name = "kill",
	.operands = "CONTAINER...",
	.summary = "Send a signal to containers",
	.options = kill_options,
	.values_size = sizeof(int),
	.init = kill_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = kill_run,
};

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
	OPTION_ROW_PARSE(parse_time, struct restart_options, stop.timeout_s, 't', "time", "SECONDS",
			 "Before SIGKILL (default: the container's)"),
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
