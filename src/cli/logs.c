/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "cli/cli.h"

static int parse_tail(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (streq(text, "all")) {
		*(int64_t *)field = 0;
		return 0;
	}
	if (str_to_uint64(text, INT64_MAX, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of lines");
	*(int64_t *)field = n == 0 ? -1 : (int64_t)n;
	return 0;
}

static int write_output(void *userdata, enum masu_stream stream, const void *bytes, size_t size)
{
	return fd_write_full(stream == MASU_STDERR ? STDERR_FILENO : STDOUT_FILENO, bytes, size);
}

static void logs_init(void *values)
{
	*(struct masu_logs_options *)values = (struct masu_logs_options){
		.size = sizeof(struct masu_logs_options), .output = write_output};
}

static int logs_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_container(operands[0], &e, &c, err);

	if (r == 0)
		r = masu_container_logs(c, values, err);
	return r == -EPIPE ? 0 : r; /* "| head" has seen enough */
}

static const struct option_row logs_options[] = {
	OPTION_ROW(OPTION_FLAG, struct masu_logs_options, follow, 'f', "follow", NULL,
		   "go on until the container ends"),
	OPTION_ROW_PARSE(option_time, struct masu_logs_options, since, 0, "since", "TIME",
			 "from a time on, or how long ago: 1h30m"),
	OPTION_ROW_PARSE(parse_tail, struct masu_logs_options, tail, 'n', "tail", "NUMBER",
			 "only the last lines"),
	OPTION_ROW(OPTION_FLAG, struct masu_logs_options, timestamps, 't', "timestamps", NULL,
		   "with the time of each line"),
	OPTION_ROW_PARSE(option_time, struct masu_logs_options, until, 0, "until", "TIME",
			 "up to a time, or how long ago"),
	{0},
};

const struct command command_logs = {
	.name = "logs",
	.operands = "CONTAINER",
	.summary = "Show the output of a container",
	.options = logs_options,
	.values_size = sizeof(struct masu_logs_options),
	.init = logs_init,
	.min_operands = 1,
	.max_operands = 1,
	.run = logs_run,
};
