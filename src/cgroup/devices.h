/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which device nodes a container may open: on v2 a BPF program at its cgroup, on v1 a list. Only
 * root needs and can set it; in a user namespace no new device node works anyhow.
 */

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/spec.h"

/*
 * The program for linux.resources.devices: the last rule that matches decides, and what none
 * matches is denied. -EINVAL (ERR_INVALID) for a bad rule, -E2BIG for too many, -ENOMEM.
 */
int cgroup_devices_compile(const struct oci_device_rule *rules, size_t n, struct bpf_insn **ret,
			   size_t *ret_n, struct err *err);

/* Is it a rule for all access to all devices? None before it counts. */
bool cgroup_devices_is_whole(const struct oci_device_rule *rule);

/* Is nothing denied, as the rule that decides allows every device? */
bool cgroup_devices_allow_all(const struct oci_device_rule *rules, size_t n);

/* The rules, and after them the devices that every container may use. The caller frees the array. */
int cgroup_devices_with_defaults(const struct oci_device_rule *rules, size_t n,
				 struct oci_device_rule **ret, size_t *ret_n, struct err *err);

/*
 * The same for v1: a default, and the exceptions from it, of types b and c and with all their access
 * written out (or none: to be left out). The caller frees `rules`. ERR_UNSUPPORTED for rules that
 * v1 can't express.
 */
struct cgroup_device_list {
	bool allow; /* what is no exception */
	struct oci_device_rule *rules;
	size_t n;
};
int cgroup_devices_list(const struct oci_device_rule *rules, size_t n,
			struct cgroup_device_list *ret, struct err *err);

/*
 * Sets the rules, and after them the devices that every container may use, in place of what was set
 * before: on v2 by loading the program and attaching it.
 */
struct cgroup;
int cgroup_devices_apply(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
			 struct err *err);

/* The same on v2 alone. */
int cgroup_devices_attach(int cgroup_fd, const struct oci_device_rule *rules, size_t n,
			  struct err *err);
