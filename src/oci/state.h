/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The OCI state of a container: what `state` prints and hooks read on their standard input. */

#include <json-c/json.h>
#include <sys/types.h>

#include "oci/spec.h"

enum oci_status {
	OCI_STATUS_CREATING,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_STOPPED,
	OCI_STATUS_PAUSED, /* not in the specification, but what runc and crun say */
	OCI_STATUS_MAX
};
const char *oci_status_name(enum oci_status status);

struct oci_state {
	const char *version; /* the spec's ociVersion; NULL for OCI_VERSION */
	const char *id;
	enum oci_status status;
	pid_t pid; /* 0: none, and left out */
	const char *bundle;
	const struct oci_map *annotations; /* may be NULL */
};

/*
 * The "container process state" of the container's init, for the agent that a filter notifies;
 * `state` is that of the container.
 */
int oci_process_state_to_json(const struct oci_spec *spec, struct json_object *state,
			      struct json_object **ret, struct masu_error *err);

int oci_state_to_json(const struct oci_state *state, struct json_object **ret,
		      struct masu_error *err);
