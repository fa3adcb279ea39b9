/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/state.h"

#include <assert.h>

#include "base/json-build.h"
#include "base/json.h"

static const char *const names[] = {
	[OCI_STATUS_CREATING] = "creating", [OCI_STATUS_CREATED] = "created",
	[OCI_STATUS_RUNNING] = "running",   [OCI_STATUS_STOPPED] = "stopped",
	[OCI_STATUS_PAUSED] = "paused",
};
static_assert(ARRAY_SIZE(names) == OCI_STATUS_MAX, "every status has a name");

const char *oci_status_name(enum oci_status status)
{
	return names[status];
}

int oci_state_to_json(const struct oci_state *state, struct json_object **ret,
		      struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "ociVersion", state->version ? state->version : OCI_VERSION);
	build_text(&b, o, "id", state->id);
	build_text(&b, o, "status", oci_status_name(state->status));
	if (state->pid > 0)
		build_int(&b, o, "pid", state->pid);
	build_text(&b, o, "bundle", state->bundle);
	if (state->annotations && state->annotations->n)
		build_map(&b, o, "annotations", state->annotations);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}

int oci_process_state_to_json(const struct oci_spec *spec, struct json_object *state,
			      struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "ociVersion", spec->version);
	build_text(&b, build_array(&b, o, "fds"), NULL, "seccompFd");
	build_put(&b, o, "pid", json_object_get(json_object_object_get(state, "pid")));
	build_text(&b, o, "metadata", spec->seccomp ? spec->seccomp->listener_metadata : NULL);
	build_put(&b, o, "state", json_object_get(state));
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}
