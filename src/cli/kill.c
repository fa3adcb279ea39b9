/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/proc.h"
#include "cli/cli.h"
#include "engine/remove.h"

struct kill_options {
	const char *signal;
};

static int kill_one(struct engine *e, const char *what, const void *arg, struct err *err)
{
	return engine_kill(e, what, *(const int *)arg, err);
}

static int kill_run(const void *values, char **operands, struct err *err)
{
	const struct kill_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	int n = o->signal ? proc_signal_from_string(o->signal) : SIGKILL;

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal '%s'", o->signal);
	int r = cli_engine(&e, err);
	return r < 0 ? r : cli_each(&e, operands, false, kill_one, &n);
}

static const struct option_row kill_options[] = {
	OPTION_ROW(OPTION_STRING, struct kill_options, signal, 's', "signal", "SIGNAL",
		   "name or number (default KILL)"),
	{0},
};

const struct command command_kill = {
	.name = "kill",
	.operands = "CONTAINER...",
	.summary = "Send a signal to containers",
	.options = kill_options,
	.values_size = sizeof(struct kill_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = kill_run,
};
