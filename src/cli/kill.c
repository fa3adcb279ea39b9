/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/signal-name.h"
#include "cli/cli.h"

struct kill_options {
	int signal;
};

static int kill_one(masu_container *c, const void *arg, struct masu_error *err)
{
	const struct kill_options *o = arg;

	return masu_container_kill(c, o->signal, err);
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
	*(struct kill_options *)values = (struct kill_options){.signal = SIGKILL};
}

static const struct option_row kill_options[] = {
	OPTION_ROW_PARSE(parse_signal, struct kill_options, signal, 's', "signal", "SIGNAL",
			 "name or number (default KILL)"),
	{0},
};

const struct command command_kill = {
	.name = "kill",
	.operands = "CONTAINER...",
	.summary = "Send a signal to containers",
	.options = kill_options,
	.values_size = sizeof(struct kill_options),
	.init = kill_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = kill_run,
};
