/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/start.h"
#include "oci-cli/oci-cli.h"

static int start_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = oci_find(values, operands[0], &c, err);

	return r < 0 ? r : instance_start(&c, err);
}

const struct command oci_command_start = {
	.name = "start",
	.operands = "ID",
	.summary = "Start a created container",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = start_run,
};
