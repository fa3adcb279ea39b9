/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "engine/remove.h"

#define HOLD_TIMEOUT_MS 10000

/*
 * What masu-monitor turns into when its container has ended. Somebody else may be faster in
 * cleaning up, or may have removed the container: then there is nothing left to do.
 */
static int exited_run(const void *values, char **operands, struct err *err)
{
	_cleanup_engine_ struct engine e = {0};
	_cleanup_home_ struct home home = HOME_INIT;
	int r = cli_engine_reader(&e, err);

	if (r < 0 || !id_is_valid(operands[0]))
		return r;
	if (home_open(&e, operands[0], &home, NULL) < 0)
		return 0;
	engine_leave_cgroup(&home);
	if (home_hold(&home, &e, HOLD_TIMEOUT_MS) == 0)
		engine_settle(&e, &home);
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
