/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits as properties of a scope. */

#include <stddef.h>
#include <stdint.h>

#include "base/cpulist.h"
#include "base/err.h"
#include "oci/spec.h"
#include "systemd/scope.h"

#define CGROUP_PROPERTIES_MAX 24
struct cgroup_properties {
	struct scope_property item[CGROUP_PROPERTIES_MAX];
	size_t n;
	uint8_t cpus[CPULIST_BYTES], mems[CPULIST_BYTES]; /* the items point to them */
};

/*
 * What systemd is to know of the limits, so that it keeps them when it writes its own settings
 * again; of `unified` the keys that have a property. cgroup_limits_apply writes all others, and the
 * exact values. The limits must have passed cgroup_limits_translate. The result must not move.
 */
void cgroup_limits_properties(const struct oci_resources *limits, struct cgroup_properties *ret);
