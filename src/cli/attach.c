/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct attach_options {
	struct masu_attach_options attach;
	bool sig_proxy, latest;
};

static void attach_init(void *values)
{
	struct attach_options *o = values;

	o->sig_proxy = true;
}

static int attach_run(const void *values, char **operands, struct masu_error *err)
{
	const struct attach_options *o = values;
	struct masu_attach_options options = o->attach;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_masu_container_ masu_container *c = NULL;
	int status = 0;
	int r = cli_container(operands[0], &e, &c, err);

	if (r < 0)
		return r;
	options.size = sizeof(options);
	options.keep_signals = !o->sig_proxy;
	r = masu_container_attach(c, &options, &status, err);
	return r < 0 ? r : status;
}

static const struct option_row attach_options[] = {
	OPTION_ROW(OPTION_STRING, struct attach_options, attach.detach_keys, 0, "detach-keys",
		   "KEYS", "Leave the container by these keys (default: ctrl-p,ctrl-q)"),
	LATEST_ROW(struct attach_options),
	OPTION_ROW(OPTION_FLAG, struct attach_options, attach.no_stdin, 0, "no-stdin", NULL,
		   "Do not pass standard input"),
	OPTION_ROW(OPTION_FLAG, struct attach_options, sig_proxy, 0, "sig-proxy", NULL,
		   "Forward signals to the container (default); --sig-proxy=false does not"),
	{0},
};

const struct command command_attach = {
	.name = "attach",
	.operands = "CONTAINER",
	.summary = "Connect to the streams of a running container",
	.options = attach_options,
	.values_size = sizeof(struct attach_options),
	.init = attach_init,
	.min_operands = 1,
	.max_operands = 1,
	.latest = LATEST_ALL,
	.run = attach_run,
};
