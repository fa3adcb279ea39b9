/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cli/print.h"
#include "oci-cli/oci-cli.h"

static int state_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	_cleanup_json_ struct json_object *doc = NULL;
	int r = oci_find(values, operands[0], &c, err);

	if (r < 0)
		return r;
	r = instance_to_json(&c, &doc, err);
	return r < 0 ? r : print_json(doc, true, err);
}

const struct command oci_command_state = {
	.name = "state",
	.operands = "ID",
	.summary = "Print the state of a container as JSON",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = state_run,
};
