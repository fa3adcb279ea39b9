/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

struct healthcheck_options {
	bool ignore_result;
};

static int healthcheck_run(const void *values, char **operands, struct masu_error *err)
{
	const struct healthcheck_options *o = values;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int code = 0, r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_find(e, operands[0], &c, err);
	if (r == 0)
		r = masu_container_health_check(c, &code, err);
	return r < 0 ? r : code && !o->ignore_result;
}

static const struct option_row healthcheck_options[] = {
	OPTION_ROW(OPTION_FLAG, struct healthcheck_options, ignore_result, 0, "ignore-result", NULL,
		   "Exit with 0 also if the check has failed"),
	{0},
};

const struct command command_healthcheck_run = {
	.name = "healthcheck run",
	.operands = "CONTAINER",
	.summary = "Check the health of a container now",
	.notes =
		"The exit status is 0 if the check has passed, 1 if it has failed, and 125 when masu fails.",
	.options = healthcheck_options,
	.values_size = sizeof(struct healthcheck_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = healthcheck_run,
};
