/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "oci-cli/bundle.h"

static int resume_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r < 0)
		return r;
	if (b.status != OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container not paused");
	return bundle_freeze(&b.state, false, err);
}

const struct command oci_command_resume = {
	.name = "resume",
	.operands = "ID",
	.summary = "Let the processes of a paused container go on",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = resume_run,
};
