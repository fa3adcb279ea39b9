/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>

#include "base/str.h"
#include "cli/cli.h"
#include "engine/remove.h"

struct stop_options {
	const char *time;
};

static int stop_one(struct engine *e, const char *what, const void *arg, struct err *err)
{
	return engine_stop(e, what, *(const int *)arg, err);
}

static int stop_run(const void *values, char **operands, struct err *err)
{
	const struct stop_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	uint64_t seconds;
	int timeout = -1;

	if (o->time) {
		if (str_to_uint64(o->time, INT32_MAX / 1000, &seconds) < 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "--time '%s' is no number of seconds", o->time);
		timeout = (int)seconds;
	}
	int r = cli_engine(&e, err);
	return r < 0 ? r : cli_each(&e, operands, false, stop_one, &timeout);
}

static const struct option_row stop_options[] = {
	OPTION_ROW(OPTION_STRING, struct stop_options, time, 't', "time", "SECONDS",
		   "before SIGKILL (default: the container's)"),
	{0},
};

const struct command command_stop = {
	.name = "stop",
	.operands = "CONTAINER...",
	.summary = "End containers, gently at first",
	.options = stop_options,
	.values_size = sizeof(struct stop_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = stop_run,
};
