/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "cli/cli.h"

struct start_options {
	bool attach, interactive, sig_proxy;
};

static void start_init(void *values)
{
	struct start_options *o = values;

	o->sig_proxy = true;
}

static int start_detached(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_start(c, err);
}

static int start_attached(const struct start_options *o, const char *operand,
			  struct masu_error *err)
{
	const struct masu_run_options options = {.size = sizeof(options),
						 .interactive = o->interactive,
						 .keep_signals = !o->sig_proxy};
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int status = 0;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_find(e, operand, &c, err);
	if (r == 0)
		r = masu_container_run(c, &options, &status, err);
	return r < 0 ? r : status;
}

static int start_run(const void *values, char **operands, struct masu_error *err)
{
	const struct start_options *o = values;

	if (!o->attach && !o->interactive)
		return cli_each_container(operands, start_detached, NULL, err);
	if (strv_length(operands) > 1)
		return err_set(err, ERR_INVALID, EINVAL,
			       "only one container can be started with --attach");
	return start_attached(o, operands[0], err);
}

static const struct option_row start_options[] = {
	OPTION_ROW(OPTION_FLAG, struct start_options, attach, 'a', "attach", NULL,
		   "wait for it, as 'run' without -d does"),
	OPTION_ROW(OPTION_FLAG, struct start_options, interactive, 'i', "interactive", NULL,
		   "the same, and pass standard input"),
	OPTION_ROW(OPTION_FLAG, struct start_options, sig_proxy, 0, "sig-proxy", NULL,
		   "forward signals to the container (default; =false)"),
	{0},
};

const struct command command_start = {
	.name = "start",
	.operands = "CONTAINER...",
	.summary = "Start containers that are created or exited",
	.options = start_options,
	.values_size = sizeof(struct start_options),
	.init = start_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.run = start_run,
};
