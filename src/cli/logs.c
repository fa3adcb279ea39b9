/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "engine/logs.h"

struct logs_options {
	bool follow, timestamps;
	const char *tail, *since;
};

struct printer {
	bool timestamps;
	bool within_line[LOG_STREAM_MAX];
};

static int print_entry(const struct log_entry *entry, void *arg)
{
	struct printer *p = arg;
	FILE *out = entry->stream == LOG_STDOUT ? stdout : stderr;

	if (p->timestamps && !p->within_line[entry->stream])
		(void)fprintf(out, "%.*s ", (int)entry->stamp_size, entry->stamp);
	p->within_line[entry->stream] = entry->partial;
	(void)fwrite(entry->text, 1, entry->size, out);
	if (!entry->partial)
		(void)putc('\n', out);
	/* Text that waits for its line's end must be seen, and a reader that has gone noticed. */
	return fflush(out) == EOF ? -errno : 0;
}

/* A time stamp, seconds since the epoch, or how long ago: "90s", "10m", "2h", "3d". */
static int parse_since(const char *text, int64_t *ret, struct err *err)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t length = strlen(text);
	char number[16];
	uint64_t n;

	if (time_parse_stamp(text, ret) == 0)
		return 0;
	if (str_to_uint64(text, INT64_MAX / 1000000000, &n) == 0) {
		*ret = (int64_t)n * 1000000000;
		return 0;
	}
	for (size_t i = 0; length > 1 && length < sizeof(number) && i < ARRAY_SIZE(units); i++) {
		(void)snprintf(number, sizeof(number), "%.*s", (int)length - 1, text);
		if (text[length - 1] != units[i].unit || str_to_uint64(number, 1000000, &n) < 0)
			continue;
		*ret = time_now() - (int64_t)n * units[i].seconds * 1000000000;
		return 0;
	}
	(void)err_set(err, ERR_INVALID, EINVAL, "--since '%s' is no time", text);
	return err_hint(err, "2026-11-22T10:00:00Z, or how long ago: 90s, 10m, 2h, 3d");
}

static int logs_run(const void *values, char **operands, struct err *err)
{
	const struct logs_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	struct logs_query query = {.follow = o->follow, .tail = -1};
	struct printer printer = {.timestamps = o->timestamps};
	uint64_t tail;

	if (o->tail && !streq(o->tail, "all")) {
		if (str_to_uint64(o->tail, INT64_MAX, &tail) < 0)
			return err_set(err, ERR_INVALID, EINVAL,
				       "--tail '%s' is no number of lines", o->tail);
		query.tail = (int64_t)tail;
	}
	int r = o->since ? parse_since(o->since, &query.since_ns, err) : 0;
	if (r == 0)
		r = cli_engine_reader(&e, err);
	return r < 0 ? r : engine_logs(&e, operands[0], &query, print_entry, &printer, err);
}

static const struct option_row logs_options[] = {
	OPTION_ROW(OPTION_FLAG, struct logs_options, follow, 'f', "follow", NULL,
		   "go on until the container ends"),
	OPTION_ROW(OPTION_STRING, struct logs_options, since, 0, "since", "TIME",
		   "from a time on, or how long ago: 10m"),
	OPTION_ROW(OPTION_STRING, struct logs_options, tail, 'n', "tail", "NUMBER",
		   "only the last lines"),
	OPTION_ROW(OPTION_FLAG, struct logs_options, timestamps, 't', "timestamps", NULL,
		   "with the time of each line"),
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
