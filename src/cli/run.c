/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/container-options.h"

static int run_container(const struct container_options *o, masu_container *c,
			 struct masu_error *err)
{
	const struct masu_run_options options = {.size = sizeof(options),
						 .keep_signals = !o->sig_proxy};
	int status, r;

	if (!o->detach) {
		r = masu_container_run(c, &options, &status, err);
		return r < 0 ? r : status;
	}
	r = masu_container_start(c, err);
	if (r == 0)
		(void)puts(masu_container_id(c));
	return r;
}

static int run_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = container_options_create(e, values, operands, &c, err);
	if (r < 0)
		return r;
	r = run_container(values, c, err);
	/* It never ran, so there is nothing to look at, and its name is free for the next try. */
	if (r < 0)
		container_options_remove(values, c);
	return r;
}

static const struct option_row run_options[] = {
	OPTION_ROW(OPTION_FLAG, struct container_options, detach, 'd', "detach", NULL,
		   "run in the background and print the id"),
	OPTION_ROW(OPTION_FLAG, struct container_options, sig_proxy, 0, "sig-proxy", NULL,
		   "forward signals to the container (default; =false)"),
	{0},
};

const struct command command_run = {
	.name = "run",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Create a container from an image and start it",
	.notes =
		"IMAGE is [REGISTRY/]NAME[:TAG][@DIGEST], oci:DIR, oci-archive:FILE,\n"
		"docker-archive:FILE or rootfs:DIR.\n\n"
		"The exit status is the container's; 125 when masu fails, 126 when the command can't\n"
		"be executed, 127 when it doesn't exist.",
	.options = run_options,
	.more_options = container_option_rows,
	.values_size = sizeof(struct container_options),
	.init = container_options_init,
	.done = container_options_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = run_run,
};
