/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices of the Container Device Interface in a container.
 *
 * Drivers are updated, and their files then name other libraries. So each start reads the files anew, and applies device
 * nodes, mounts, network devices and hooks. The creation applies the parts that an exec and the clean-up need in
 * config.json: variables, groups and the poststop hooks. It verifies all, so that an error comes early.
 */

#include "engine/container/record.h"
#include "engine/engine.h"
#include "oci/spec.h"

struct cdi_request {
	char *const *dirs;  /* of CDI files; NULL: the default ones */
	char *const *names; /* "VENDOR/CLASS=NAME" */
	const char *gpus;   /* as --gpus takes them, or NULL */
};

/*
 * Records the requested devices and applies the parts of the creation; variables are appended to *env. The errors are
 * those of cdi_files_read(), cdi_files_find() and devices_check_node(), and ERR_NOT_FOUND for a missing source or hook.
 */
int cdi_create(const struct masu_engine *e, const struct cdi_request *request,
	       struct record *record, struct oci_spec *spec, char ***env, struct masu_error *err);

/* Applies the other parts to the spec of a container that starts. */
int cdi_start(const struct masu_engine *e, const struct record *record, struct oci_spec *spec,
	      struct masu_error *err);
