/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/state.h"

#include <assert.h>
#include <errno.h>

#include "base/json.h"
#include "oci/spec-writer.h"

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

int oci_state_to_json(const struct oci_state *state, struct json_object **ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct spec_writer w = {0};

	spec_put_text(&w, o, "ociVersion", state->version ? state->version : OCI_VERSION);
	spec_put_text(&w, o, "id", state->id);
	spec_put_text(&w, o, "status", oci_status_name(state->status));
	if (state->pid > 0)
		spec_put_int(&w, o, "pid", state->pid);
	spec_put_text(&w, o, "bundle", state->bundle);
	if (state->annotations)
		spec_put_map(&w, o, "annotations", state->annotations);
	if (w.failed)
		return err_sys(err, ENOMEM, "write the state of '%s'", state->id);
	*ret = TAKE_PTR(o);
	return 0;
}

int oci_process_state_to_json(const struct oci_spec *spec, struct json_object *state,
			      struct json_object **ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct spec_writer w = {0};

	spec_put_text(&w, o, "ociVersion", spec->version);
	spec_put_text(&w, spec_open_array(&w, o, "fds"), NULL, "seccompFd");
	spec_put(&w, o, "pid", json_object_get(json_object_object_get(state, "pid")));
	spec_put_text(&w, o, "metadata", spec->seccomp ? spec->seccomp->listener_metadata : NULL);
	spec_put(&w, o, "state", json_object_get(state));
	if (w.failed)
		return err_sys(err, ENOMEM, "make the container process state");
	*ret = TAKE_PTR(o);
	return 0;
}
