/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The device nodes that a container may open: on v2 by a BPF program at its cgroup, on v1 by a list. Only
 * root needs the rules and can set them; in a user namespace no new device node works anyway.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "oci/spec.h"

struct cgroup;

/* Is it a rule for all access to all devices? No rule before it has an effect. */
bool cgroup_devices_is_whole(const struct oci_device_rule *rule);

/* Is every device allowed by the rule that decides? */
bool cgroup_devices_allow_all(const struct oci_device_rule *rules, size_t n);

/*
 * Replaces the rules of the container: the last one that matches decides, and a device that none matches
 * is denied. The devices that every container may use follow the given rules. ERR_INVALID for a bad rule.
 */
int cgroup_devices_apply(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
			 struct masu_error *err);
