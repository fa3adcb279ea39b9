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
#include "cgroup/detect.h"
#include "cgroup/settings.h"
#include "oci/spec.h"

#define CGROUP_CPU_PERIOD_DEFAULT 100000
#define CGROUP_SHARES_MIN	  2
#define CGROUP_SHARES_MAX	  262144
#define CGROUP_FILE_SWAP	  "memory.swap.max"

/* Is anything asked for? */
bool cgroup_limits_any(const struct oci_resources *limits);

/* What holds for v1 and v2 alike: ranges, and limits that contradict each other. ERR_INVALID. */
int cgroup_limits_check(const struct oci_resources *limits, struct err *err);

/*
 * Checks and translates to v2; the settings come in the order in which they are to be written.
 * -EINVAL (ERR_INVALID) for a value out of range, -ENOTSUP (ERR_UNSUPPORTED) for what only v1 had,
 * -ENOMEM.
 */
int cgroup_limits_translate(const struct oci_resources *limits, struct cgroup_settings *ret,
			    struct err *err);

/*
 * The same for v1. On a hybrid host some controllers (1 << CGROUP_...) may be those of the v2
 * hierarchy: what they limit is translated to v2.
 */
int cgroup_limits_translate_v1(const struct oci_resources *limits, unsigned on_v2,
			       struct cgroup_settings *ret, struct err *err);

/* Parts of the translation to v2, for both. */
void cgroup_limits_hugepages(const struct oci_resources *limits, struct cgroup_settings *s);
void cgroup_limits_rdma(const struct oci_resources *limits, struct cgroup_setting like,
			struct cgroup_settings *s);

/* The weight of cgroup v2 (1 to 10000) that stands for v1's shares (2 to 262144). */
uint64_t cgroup_weight_of_shares(uint64_t shares);

/* The weight of cgroup v2 (1 to 10000) for one of v1's blkio (10 to 1000). */
uint64_t cgroup_weight_of_block_io(uint16_t weight);

/* The v2 controllers (1 << CGROUP_...) that the settings need. */
unsigned cgroup_settings_controllers(const struct cgroup_settings *settings);

/*
 * Fails with ERR_UNSUPPORTED, naming the first controller of `wanted` that is not among `present`,
 * with the hint that says how to delegate it.
 */
int cgroup_require(unsigned wanted, unsigned present, bool system, struct err *err);

/* A limit of huge pages to 0, where the host has none of that size, needs no controller. */
bool cgroup_host_has_hugepages(const char *page_size);

struct cgroup;

/*
 * Writes them into a container's groups, for a start or an update. What is unlimited needs no
 * controller, and a limit of swap none on a host without swap.
 */
int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct err *err);
