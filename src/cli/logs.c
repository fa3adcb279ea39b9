/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "engine/logs.h"

struct logs_options {
	bool follow, timestamps;
	const char *tail, *since, *until;
};

static int parse_time(const char *option, const char *text, int64_t *ret, struct err *err)
{
	if (time_parse(text, time_now(), ret) == 0)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid time of --%s: '%s'", option, text);
	return err_hint(err,
			"write 2026-11-22T10:00:00, seconds since 1970, or how long ago: 1h30m");
}

static int make_query(const struct logs_options *o, struct log_query *q, struct err *err)
{
	uint64_t tail;
	int r = 0;

	*q = LOG_QUERY_INIT;
	q->follow = o->follow;
	q->timestamps = o->timestamps;
	if (o->tail && !streq(o->tail, "all")) {
		if (str_to_uint64(o->tail, INT64_MAX, &tail) < 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "--tail '%s' is no number of lines", o->tail);
		q->tail = (int64_t)tail;
	}
	if (o->since)
		r = parse_time("since", o->since, &q->since_ns, err);
	return r == 0 && o->until ? parse_time("until", o->until, &q->until_ns, err) : r;
}

static int logs_run(const void *values, char **operands, struct err *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	struct log_query query;
	int r = make_query(values, &query, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = engine_logs(e, operands[0], &query, err);
	return r == -EPIPE ? 0 : r; /* "| head" has seen enough */
}

static const struct option_row logs_options[] = {
	OPTION_ROW(OPTION_FLAG, struct logs_options, follow, 'f', "follow", NULL,
		   "go on until the container ends"),
	OPTION_ROW(OPTION_STRING, struct logs_options, since, 0, "since", "TIME",
		   "from a time on, or how long ago: 1h30m"),
	OPTION_ROW(OPTION_STRING, struct logs_options, tail, 'n', "tail", "NUMBER",
		   "only the last lines"),
	OPTION_ROW(OPTION_FLAG, struct logs_options, timestamps, 't', "timestamps", NULL,
		   "with the time of each line"),
	OPTION_ROW(OPTION_STRING, struct logs_options, until, 0, "until", "TIME",
		   "up to a time, or how long ago"),
	{0},
};

const struct command command_logs = {
	.name = "logs",
	.operands = "CONTAINER",
	.summary = "Show what a container has written",
	.options = logs_options,
	.values_size = sizeof(struct logs_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = logs_run,
};
