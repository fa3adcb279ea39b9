/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/oci-cli.h"
#include "runtime/instance.h"

static int pause_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_act(values, operands[0], instance_pause, err);
}

const struct command oci_command_pause = {
	.name = "pause",
	.operands = "ID",
	.summary = "Freeze all processes of a container, until it is resumed",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = pause_run,
};

static int resume_run(const void *values, char **operands, struct masu_error *err)
{
	return oci_act(values, operands[0], instance_resume, err);
}

const struct command oci_command_resume = {
	.name = "resume",
	.operands = "ID",
	.summary = "Thaw the processes of a paused container",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = resume_run,
};
