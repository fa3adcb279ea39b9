/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "oci-cli/bundle.h"

static int pause_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r < 0)
		return r;
	if (b.status == OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container '%s' is paused already",
			       operands[0]);
	if (b.status != OCI_STATUS_RUNNING)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return bundle_freeze(&b.state, true, err);
}

const struct command oci_command_pause = {
	.name = "pause",
	.operands = "ID",
	.summary = "Stop all processes of a container, until it is resumed",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = pause_run,
};
