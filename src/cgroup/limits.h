/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The limits of a container: `linux.resources` of the OCI runtime specification, in the terms of cgroup v1, checked
 * and translated to the files of cgroup v1 or v2. Device rules are in cgroup/devices.h.
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

/* Is any limit set? */
bool cgroup_limits_any(const struct oci_resources *limits);

/* Checks that are the same for v1 and v2: ranges, and contradicting limits. ERR_INVALID. */
int cgroup_limits_check(const struct oci_resources *limits, struct masu_error *err);

/* A limit of huge pages to 0 needs no controller if the host has none of that size. */
bool cgroup_host_has_hugepages(const char *page_size);

struct cgroup;

/*
 * Writes them into a container's groups, for a start or an update. An unlimited value needs no controller, nor does a
 * limit of swap on a host without swap.
 */
int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct masu_error *err);
