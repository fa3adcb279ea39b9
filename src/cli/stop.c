/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/stop.h"

static int stop_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_stop(c, options, err);
}

static int stop_run(const void *values, char **operands, struct masu_error *err)
{
	return cli_each_container(operands, stop_one, values, err);
}

int stop_parse_time(const char *text, void *field, struct masu_error *err)
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
	OPTION_ROW_PARSE(stop_parse_time, struct masu_stop_options, timeout_s, 't', "time",
			 "SECONDS", "before SIGKILL (default: the container's)"),
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
