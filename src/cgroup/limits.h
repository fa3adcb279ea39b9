/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a container may use: `linux.resources` of the OCI runtime specification, whose words are
 * cgroup v1's, checked and translated to the files of cgroup v1 or v2. The device rules are not
 * dealt with here but in cgroup/devices.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/spec.h"

#define CGROUP_CPU_PERIOD_DEFAULT 100000
#define CGROUP_SHARES_MIN	  2
#define CGROUP_SHARES_MAX	  262144
#define CGROUP_FILE_SWAP	  "memory.swap.max"
#define CGROUP_V1_FILE_SWAP	  "memory.memsw.limit_in_bytes"

/* Is anything asked for? */
bool cgroup_limits_any(const struct oci_resources *limits);

/* What holds for v1 and v2 alike: ranges, and limits that contradict each other. ERR_INVALID. */
int cgroup_limits_check(const struct oci_resources *limits, struct err *err);

/* A limit of huge pages to 0, where the host has none of that size, needs no controller. */
bool cgroup_host_has_hugepages(const char *page_size);

struct cgroup;

/*
 * Writes them into a container's groups, for a start or an update. What is unlimited needs no
 * controller, and a limit of swap none on a host without swap.
 */
int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct err *err);
