/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "engine/remove.h"

#define HOLD_TIMEOUT_MS 10000

/*
 * The last program of masu-monitor when its container has exited. If another process is faster in cleaning up, or has
 * removed the container, then there is nothing left to do.
 */
static int exited_run(const void *values, char **operands, struct err *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	if (r < 0 || !id_is_valid(operands[0]))
		return r;
	r = container_new(e, operands[0], &c, err);
	if (r < 0 || container_open(c, NULL) < 0)
		return r;
	engine_leave_cgroup(&c->home);
	if (home_hold(&c->home, e, HOLD_TIMEOUT_MS) == 0)
		engine_settle(c);
	return 0;
}

const struct command command_container_exited = {
	.name = "container-exited",
	.operands = "ID",
	.summary = "Clean up after a container (called by masu-monitor)",
	.min_operands = 1,
	.max_operands = 1,
	.hidden = true,
	.run = exited_run,
};
