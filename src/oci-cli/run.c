/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/run.h"
#include "oci-cli/oci-cli.h"

static int run_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_launch(values, operands[0], NULL, run_container, err);
}

static const struct option_row run_rows[] = {
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "return when it runs"),
	OCI_ROW(OPTION_FLAG, keep, 0, "keep", NULL, "do not delete it when it has ended"),
	{0},
};

const struct command oci_command_run = {
	.name = "run",
	.operands = "ID",
	.summary = "Create a container and start it",
	.options = run_rows,
	.more_options = oci_create_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = run_run,
};
