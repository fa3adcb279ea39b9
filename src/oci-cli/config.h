/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's config.json: read once, when it is made, and kept in ROOT/ID from then on, since
 * engines change or remove theirs.
 */

#include "oci/spec.h"
#include "seccomp/filter.h"

/*
 * Reads config.json of the bundle's directory, or the file at `path` (--config) if that isn't NULL, as
 * text and as spec. Errors name the file.
 */
int config_load(const char *bundle, const char *path, char **ret_text, struct oci_spec **ret,
		struct err *err);

/* Puts the text into ROOT/ID, and reads the spec from there. */
int config_keep(int dirfd, const char *text, struct err *err);
int config_read(int dirfd, struct oci_spec **ret, struct err *err);

/* Replaces linux.resources in the document that is kept, leaving all else as it was. */
int config_set_resources(int dirfd, const struct oci_resources *resources, struct err *err);

/* Compiles the spec's system call filter, or finds it in the cache. 1, or 0 when there is none. */
int config_filter(const struct oci_spec *spec, struct seccomp_filter *ret, struct err *err);
