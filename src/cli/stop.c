/* SPDX-License-Identifier: Apache-2.0 */

/* stop, kill and restart. */

#include <errno.h>
#include <signal.h>

#include "base/signal-name.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/selection.h"

struct stop_options {
	struct selection selection;
	struct masu_stop_options stop;
};

static int stop_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_stop(c, options, err);
}

/* A container that waits for its restart is stopped, too. */
static bool may_run(const masu_container *c)
{
	enum masu_status status = masu_container_status(c);

	return status != MASU_STATUS_CREATED && status != MASU_STATUS_EXITED;
}

static int stop_run(const void *values, char **operands, struct masu_error *err)
{
	const struct stop_options *o = values;

	return selection_each(&o->selection, operands, may_run, stop_one, &o->stop, err);
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

static int parse_signal(const char *text, void *field, struct masu_error *err)
{
	int n = signal_from_string(text);

	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal");
	*(int *)field = n;
	return 0;
}

/* Of a struct with a member `stop`. */
#define STOP_ROWS(type)                                                                     \
	OPTION_ROW_PARSE(parse_signal, type, stop.signal, 's', "signal", "SIGNAL",          \
			 "Send this signal first (default: the stop signal of each)"),      \
		OPTION_ROW_PARSE(                                                           \
			parse_time, type, stop.timeout_s, 't', "time", "SECONDS",           \
			"Wait so long before SIGKILL (default: the stop timeout of each)"), \
		OPTION_ROW_PARSE(parse_time, type, stop.timeout_s, 0, "timeout", "SECONDS", NULL)

static void stop_init(void *values)
{
	struct stop_options *o = values;

	selection_init(&o->selection);
	o->stop.size = sizeof(o->stop);
}

static void stop_done(void *values)
{
	selection_done(&((struct stop_options *)values)->selection);
}

static const struct option_row stop_options[] = {
	SELECTION_ROWS('f'),
	OPTION_ROW(OPTION_FLAG, struct stop_options, selection.ignore, 'i', "ignore", NULL,
		   "Report no error for one that does not exist"),
	STOP_ROWS(struct stop_options),
	{0},
};

const struct command command_stop = {
	.name = "stop",
	.operands = "[CONTAINER...]",
	.summary = "Stop containers, gently at first",
	.options = stop_options,
	.values_size = sizeof(struct stop_options),
	.init = stop_init,
	.done = stop_done,
	.max_operands = OPERANDS_ANY,
	.run = stop_run,
};

struct kill_options {
	struct selection selection;
	int signal;
};

static int kill_one(masu_container *c, const void *signal, struct masu_error *err)
{
	return masu_container_kill(c, *(const int *)signal, err);
}

static bool has_processes(const masu_container *c)
{
	enum masu_status status = masu_container_status(c);

	return status == MASU_STATUS_RUNNING || status == MASU_STATUS_PAUSED;
}

static int kill_run(const void *values, char **operands, struct masu_error *err)
{
	const struct kill_options *o = values;

	return selection_each(&o->selection, operands, has_processes, kill_one, &o->signal, err);
}

static void kill_init(void *values)
{
	struct kill_options *o = values;

	selection_init(&o->selection);
	o->signal = SIGKILL;
}

static void kill_done(void *values)
{
	selection_done(&((struct kill_options *)values)->selection);
}

static const struct option_row kill_options[] = {
	SELECTION_ROWS('f'),
	OPTION_ROW_PARSE(parse_signal, struct kill_options, signal, 's', "signal", "SIGNAL",
			 "Send this signal, a name or number (default KILL)"),
	{0},
};

const struct command command_kill = {
	.name = "kill",
	.operands = "[CONTAINER...]",
	.summary = "Send a signal to containers",
	.options = kill_options,
	.values_size = sizeof(struct kill_options),
	.init = kill_init,
	.done = kill_done,
	.max_operands = OPERANDS_ANY,
	.run = kill_run,
};

struct restart_options {
	struct selection selection;
	struct masu_stop_options stop;
	bool running;
};

static void restart_init(void *values)
{
	struct restart_options *o = values;

	selection_init(&o->selection);
	o->stop.size = sizeof(o->stop);
}

static void restart_done(void *values)
{
	selection_done(&((struct restart_options *)values)->selection);
}

static int restart_one(masu_container *c, const void *options, struct masu_error *err)
{
	return masu_container_restart(c, options, err);
}

static int restart_run(const void *values, char **operands, struct masu_error *err)
{
	const struct restart_options *o = values;
	struct selection selection = o->selection;

	selection.all |= o->running;
	return selection_each(&selection, operands, o->running ? may_run : NULL, restart_one,
			      &o->stop, err);
}

static const struct option_row restart_options[] = {
	SELECTION_ROWS('f'),
	OPTION_ROW(OPTION_FLAG, struct restart_options, running, 0, "running", NULL,
		   "Restart all running containers"),
	STOP_ROWS(struct restart_options),
	{0},
};

const struct command command_restart = {
	.name = "restart",
	.operands = "[CONTAINER...]",
	.summary = "Stop containers and start them again",
	.options = restart_options,
	.values_size = sizeof(struct restart_options),
	.init = restart_init,
	.done = restart_done,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.run = restart_run,
};
