/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "cli/cli.h"
#include "engine/create.h"
#include "engine/run.h"

struct start_options {
	bool attach, interactive, sig_proxy;
};

static void start_init(void *values)
{
	struct start_options *o = values;

	o->sig_proxy = true;
}

static int start_detached(struct engine *e, const char *what, const void *arg, struct err *err)
{
	_cleanup_made_ struct made m = MADE_INIT;
	int r = engine_take_up(e, what, &m, err);

	return r < 0 ? r : engine_run_detached(e, &m, err);
}

static int start_attached(struct engine *e, const struct start_options *o, const char *what,
			  struct err *err)
{
	_cleanup_made_ struct made m = MADE_INIT;
	int status;
	int r = engine_take_up(e, what, &m, err);

	if (r < 0)
		return r;
	m.record.interactive |= o->interactive;
	r = engine_run_foreground(e, &m, o->sig_proxy, &status, err);
	return r < 0 ? r : status;
}

static int start_run(const void *values, char **operands, struct err *err)
{
	const struct start_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	bool attached = o->attach || o->interactive;

	if (attached && strv_length(operands) > 1)
		return err_set(err, ERR_INVALID, EINVAL,
			       "only one container can be started with --attach");
	int r = cli_engine(&e, err);
	if (r < 0)
		return r;
	return attached ? start_attached(&e, o, operands[0], err)
			: cli_each(&e, operands, false, start_detached, NULL);
}

static const struct option_row start_options[] = {
	OPTION_ROW(OPTION_FLAG, struct start_options, attach, 'a', "attach", NULL,
		   "stay with it, as 'run' without -d does"),
	OPTION_ROW(OPTION_FLAG, struct start_options, interactive, 'i', "interactive", NULL,
		   "the same, and pass standard input"),
	OPTION_ROW(OPTION_FLAG, struct start_options, sig_proxy, 0, "sig-proxy", NULL,
		   "send signals on to the container (default; =false)"),
	{0},
};

const struct command command_start = {
	.name = "start",
	.operands = "CONTAINER...",
	.summary = "Start containers that were made or have ended",
	.options = start_options,
	.values_size = sizeof(struct start_options),
	.init = start_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.run = start_run,
};
