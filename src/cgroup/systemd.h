/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A container's cgroup in systemd's terms: the scope's name and properties. */

#include "base/err.h"
#include "oci/spec.h"

/*
 * Appends to *list, as "NAME=VALUE" (systemd/scope.h), the limits that systemd must know, so that it keeps
 * them when it writes its own settings again; of `unified` the keys that have a property.
 * cgroup_limits_apply() writes all others, and the exact values. The limits must have passed
 * cgroup_limits_translate(). 0 or -ENOMEM.
 */
int cgroup_limits_properties(const struct oci_resources *limits, char ***list);

/*
 * linux.cgroupsPath for the systemd manager, "SLICE:PREFIX:NAME", as runc and crun take it, into
 * the names of slice and scope; SLICE may be empty (then *ret_slice is NULL), and a NULL path gives
 * PREFIX "masu" and the id as NAME. -EINVAL (ERR_INVALID).
 */
int cgroup_parse_systemd_path(const char *path, const char *id, char **ret_slice, char **ret_scope,
			      struct masu_error *err);
