/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/print.h"
#include "oci-cli/bundle.h"
#include "oci-cli/state.h"

/* What the specification asks for, and what runc and crun add. */
int bundle_to_json(const struct bundle_state *s, enum oci_status status, uid_t owner,
		   struct json_object **ret, struct err *err)
{
	const struct oci_state state = {
		.version = s->version,
		.id = s->id,
		.status = status,
		.pid = status == OCI_STATUS_STOPPED ? 0 : s->pid,
		.bundle = s->bundle,
		.annotations = &s->annotations,
	};
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_free_ char *name = account_name(owner);
	char stamp[TIME_STAMP_MAX], number[16];
	struct json_build b = {0};
	int r = oci_state_to_json(&state, &o, err);

	if (r < 0)
		return r;
	(void)snprintf(number, sizeof(number), "%u", owner);
	if (!state.pid) /* callers that know runc and crun look for a number */
		build_int(&b, o, "pid", 0);
	build_text(&b, o, "rootfs", s->rootfs);
	build_text(&b, o, "created", time_stamp(s->created_ns, stamp));
	build_text(&b, o, "owner", name ? name : number);
	if (b.failed)
		return err_sys(err, ENOMEM, "print the state");
	*ret = TAKE_PTR(o);
	return 0;
}

static int state_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	_cleanup_json_ struct json_object *doc = NULL;
	struct stat st = {0};
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r == 0 && fstat(b.dirfd, &st) < 0)
		r = err_sys(err, errno, "look at the container's state");
	if (r == 0)
		r = bundle_to_json(&b.state, b.status, st.st_uid, &doc, err);
	return r == 0 ? print_json(doc, true, err) : r;
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
