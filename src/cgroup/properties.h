/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits as properties of a scope. */

#include "base/err.h"
#include "oci/spec.h"

/*
 * Appends to *list, as "NAME=VALUE" (systemd/scope.h), the limits that systemd must know, so that it keeps
 * them when it writes its own settings again; of `unified` the keys that have a property.
 * cgroup_limits_apply() writes all others, and the exact values. The limits must have passed
 * cgroup_limits_translate(). 0 or -ENOMEM.
 */
int cgroup_limits_properties(const struct oci_resources *limits, char ***list);
