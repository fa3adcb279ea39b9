/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/container-options.h"
#include "engine/run.h"

static void run_init(void *values)
{
	struct container_options *o = values;

	o->sig_proxy = true;
}

static int run_made(struct engine *e, const struct container_options *o, struct made *m,
		    struct err *err)
{
	int status = 0, r;

	if (!o->detach) {
		r = engine_run_foreground(e, m, o->sig_proxy, &status, err);
		return r < 0 ? r : status;
	}
	r = engine_run_detached(e, m, err);
	if (r == 0)
		(void)puts(m->record.id);
	return r;
}

static int run_run(const void *values, char **operands, struct err *err)
{
	const struct container_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	_cleanup_made_ struct made m = MADE_INIT;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = container_options_create(&e, o, operands, &m, err);
	if (r < 0)
		return r;
	r = run_made(&e, o, &m, err);
	/* It never ran, so there is nothing to look at, and its name is free for the next try. */
	if (r < 0) {
		(void)engine_unmake(&e, &m, NULL); /* the reason for the failure counts */
		container_options_undo(o);
	}
	return r;
}

static const struct option_row run_options[] = {
	OPTION_ROW(OPTION_FLAG, struct container_options, detach, 'd', "detach", NULL,
		   "run in the background and print the id"),
	OPTION_ROW(OPTION_FLAG, struct container_options, sig_proxy, 0, "sig-proxy", NULL,
		   "send signals on to the container (default; =false)"),
	{0},
};

const struct command command_run = {
	.name = "run",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Make a container from an image and start it",
	.notes =
		"IMAGE is [REGISTRY/]NAME[:TAG][@DIGEST], oci:DIR, oci-archive:FILE,\n"
		"docker-archive:FILE or rootfs:DIR.\n\n"
		"The exit status is the container's; 125 when masu fails, 126 when the command can't\n"
		"be executed, 127 when it doesn't exist.",
	.options = run_options,
	.more_options = container_option_rows,
	.values_size = sizeof(struct container_options),
	.init = run_init,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = run_run,
};
