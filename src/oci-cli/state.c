/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/time.h"
#include "oci-cli/bundle.h"

/* What the specification asks for, and what runc and crun add. */
static int to_json(const struct bundle_state *s, enum oci_status status, struct json_object **ret,
		   struct err *err)
{
	const struct oci_state state = {
		.version = s->version,
		.id = s->id,
		.status = status,
		.pid = status == OCI_STATUS_STOPPED ? 0 : s->pid,
		.bundle = s->bundle,
		.annotations = &s->annotations,
	};
	char stamp[TIME_STAMP_MAX];
	int r = oci_state_to_json(&state, ret, err);

	if (r == 0 && json_add_string(*ret, "created", time_stamp(s->created_ns, stamp)) < 0)
		r = err_sys(err, ENOMEM, "print the state");
	return r;
}

static int state_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	_cleanup_json_ struct json_object *doc = NULL;
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r == 0)
		r = to_json(&b.state, b.status, &doc, err);
	if (r == 0)
		(void)puts(json_text(doc, true));
	return r;
}

const struct command oci_command_state = {
	.name = "state",
	.operands = "ID",
	.summary = "Show the state of a container, as JSON",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = state_run,
};
