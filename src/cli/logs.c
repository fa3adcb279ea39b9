/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/option-values.h"

#define ID_SHORT 12
#define LINE_MAX (64u << 10) /* bytes that wait for the end of their line */

struct logs_options {
	struct masu_logs_options logs;
	bool names, color, latest;
};

/* Output that is printed by whole lines, each behind a prefix. */
struct lines {
	const char *prefix;
	struct strbuf rest[2]; /* of stdout and stderr: their last lines */
	bool within[2];	       /* the beginning of the line was printed */
};

static void lines_done(struct lines *l)
{
	for (size_t i = 0; i < ARRAY_SIZE(l->rest); i++)
		strbuf_done(&l->rest[i]);
}

static int write_output(void *userdata, enum masu_stream stream, const void *bytes, size_t size)
{
	return fd_write_full(stream == MASU_STDERR ? STDERR_FILENO : STDOUT_FILENO, bytes, size);
}

/* One write, which others that write to the same pipe or terminal do not tear. */
static int print_rest(struct lines *l, enum masu_stream stream, bool ended)
{
	struct strbuf *rest = &l->rest[stream == MASU_STDERR];
	int r = write_output(NULL, stream, rest->text, rest->length);

	rest->length = 0;
	l->within[stream == MASU_STDERR] = !ended;
	return r;
}

static int print_lines(void *userdata, enum masu_stream stream, const void *bytes, size_t size)
{
	struct lines *l = userdata;
	struct strbuf *rest = &l->rest[stream == MASU_STDERR];

	for (const char *s = bytes; size;) {
		const char *end = memchr(s, '\n', size);
		size_t n = end ? (size_t)(end - s) + 1 : size;

		if (!rest->length && !l->within[stream == MASU_STDERR])
			(void)strbuf_addf(rest, "%s ", l->prefix);
		if (strbuf_add(rest, s, n) < 0)
			return -ENOMEM;
		int r = end || rest->length > LINE_MAX ? print_rest(l, stream, end) : 0;
		if (r < 0)
			return r;
		s += n;
		size -= n;
	}
	return 0;
}

/* The log's last lines, if no newline ends them. */
static int print_ends(struct lines *l)
{
	int r = 0;

	for (enum masu_stream stream = MASU_STDOUT; r == 0 && stream <= MASU_STDERR; stream++)
		if (l->rest[stream == MASU_STDERR].length || l->within[stream == MASU_STDERR])
			r = print_lines(l, stream, "\n", 1);
	return r;
}

static char *make_prefix(const masu_container *c, const struct logs_options *o, size_t index)
{
	const char *name = masu_container_name(c), *id = masu_container_id(c);
	int length = o->names ? (int)strlen(name) : ID_SHORT;
	const char *text = o->names ? name : id;

	/* Red to cyan: black and white are the background of most terminals. */
	return o->color ? str_printf("\033[%zum%.*s\033[0m", 31 + index % 6, length, text)
			: str_printf("%.*s", length, text);
}

/* Of the container with this place on the command line. */
static int print_log(masu_engine *e, char *const *operand, char *const *first,
		     const struct logs_options *o, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_(lines_done) struct lines lines = {0};
	struct masu_logs_options options = o->logs;
	int r = masu_container_find(e, *operand, &c, err);

	if (r < 0)
		return r;
	if (!first[1] && !o->names && !o->color)
		return masu_container_logs(c, &options, err);
	_cleanup_free_ char *prefix = make_prefix(c, o, (size_t)(operand - first));
	if (!prefix)
		return err_oom(err);
	lines.prefix = prefix;
	options.output = print_lines;
	options.userdata = &lines;
	r = masu_container_logs(c, &options, err);
	return r < 0 ? r : print_ends(&lines);
}

/* Returns the exit status. */
static int print_each(char *const *operands, char *const *first, size_t n,
		      const struct logs_options *o)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int status = 0;

	if (cli_engine_reader(&e, &err) < 0)
		return log_err(&err);
	for (; n && *operands; operands++, n--) {
		_cleanup_err_ struct masu_error own = ERR_INIT;
		int r = print_log(e, operands, first, o, &own);

		if (r == -EPIPE)
			return status; /* "| head" has seen enough */
		if (r < 0)
			status = log_err(&own);
	}
	return status;
}

/* A process for each container, as masu_container_logs() blocks. They end with this one. */
static int follow_each(char *const *operands, const struct logs_options *o, struct masu_error *err)
{
	const pid_t parent = getpid();
	int status = 0;

	for (char *const *operand = operands; *operand; operand++) {
		pid_t pid = fork();

		if (pid < 0)
			return err_sys(err, errno, "follow the log of container '%s'", *operand);
		if (pid > 0)
			continue;
		if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
			_exit(125);
		_exit(print_each(operand, operands, 1, o));
	}
	for (int r; (r = proc_wait(-1)) >= 0;)
		status = r ? r : status;
	return status;
}

static int parse_tail(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (streq(text, "all") || streq(text, "-1")) {
		*(int64_t *)field = 0;
		return 0;
	}
	if (str_to_uint64(text, INT64_MAX, &n) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number of lines, or all");
	*(int64_t *)field = n == 0 ? -1 : (int64_t)n;
	return 0;
}

static void logs_init(void *values)
{
	struct logs_options *o = values;

	o->logs.size = sizeof(o->logs);
	o->logs.output = write_output;
}

static int logs_run(const void *values, char **operands, struct masu_error *err)
{
	const struct logs_options *o = values;

	return o->logs.follow && operands[1]
		       ? follow_each(operands, o, err)
		       : print_each(operands, operands, strv_length(operands), o);
}

static const struct option_row logs_options[] = {
	OPTION_ROW(OPTION_FLAG, struct logs_options, color, 0, "color", NULL,
		   "Begin each line with the container in a color of its own"),
	OPTION_ROW(OPTION_FLAG, struct logs_options, logs.follow, 'f', "follow", NULL,
		   "Continue until the containers exit"),
	LATEST_ROW(struct logs_options),
	OPTION_ROW(OPTION_FLAG, struct logs_options, names, 0, "names", NULL,
		   "Begin each line with the name of the container"),
	OPTION_ROW_PARSE(option_time, struct logs_options, logs.since, 0, "since", "TIME",
			 "Print lines from a time on, or from so long ago: 1h30m"),
	OPTION_ROW_PARSE(parse_tail, struct logs_options, logs.tail, 'n', "tail", "NUMBER",
			 "Print only the last lines"),
	OPTION_ROW(OPTION_FLAG, struct logs_options, logs.timestamps, 't', "timestamps", NULL,
		   "Begin each line with its time"),
	OPTION_ROW_PARSE(option_time, struct logs_options, logs.until, 0, "until", "TIME",
			 "Print lines up to a time, or up to so long ago"),
	{0},
};

static const struct refused_option refused[] = {
	{"details", "a log of masu keeps no labels or variables of the container",
	 "'masu inspect' shows them"},
	{0},
};

const struct command command_logs = {
	.name = "logs",
	.operands = "CONTAINER...",
	.summary = "Print the output of containers",
	.options = logs_options,
	.refused = refused,
	.values_size = sizeof(struct logs_options),
	.init = logs_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = logs_run,
};
