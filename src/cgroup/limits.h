/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a container may use: `linux.resources` of the OCI runtime specification, whose words are
 * cgroup v1's, checked and translated to cgroup v2 files. The device rules are not dealt with here
 * but in cgroup/devices.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cgroup/detect.h"
#include "oci/spec.h"

#define CGROUP_CPU_PERIOD_DEFAULT 100000
#define CGROUP_FILE_SWAP	  "memory.swap.max"

/* A file of a cgroup and what to write to it. */
struct cgroup_setting {
	int controller; /* enum cgroup_controller; -1 for cgroup.* and what masu has no name for */
	const char *file; /* a constant, or borrowed from the limits' unified part */
	char value[48];	  /* empty: `text` holds it */
	const char *text; /* borrowed from the limits */
	bool unlimited;	  /* holds also where the file doesn't exist */
};

struct cgroup_settings {
	struct cgroup_setting *item;
	size_t n;
};
void cgroup_settings_done(struct cgroup_settings *settings);
#define _cleanup_settings_ _cleanup_(cgroup_settings_done)

/* Is anything asked for? */
bool cgroup_limits_any(const struct oci_resources *limits);

/*
 * Checks and translates; the settings come in the order in which they are to be written. -EINVAL
 * (ERR_INVALID) for a value out of range, -ENOTSUP (ERR_UNSUPPORTED) for what only v1 had, -ENOMEM.
 */
int cgroup_limits_translate(const struct oci_resources *limits, struct cgroup_settings *ret,
			    struct err *err);

/* The weight of cgroup v2 (1 to 10000) that stands for v1's shares (2 to 262144). */
uint64_t cgroup_weight_of_shares(uint64_t shares);

/* The controllers (1 << CGROUP_...) that the settings need. */
unsigned cgroup_settings_controllers(const struct cgroup_settings *settings);

/*
 * Fails with ERR_UNSUPPORTED, naming the first controller of `wanted` that is not among `present`,
 * with the hint that says how to delegate it.
 */
int cgroup_require(unsigned wanted, unsigned present, bool system, struct err *err);

/*
 * Writes them into an open cgroup, for a start or an update. What is unlimited needs no controller,
 * and a limit of swap none on a host without swap.
 */
int cgroup_limits_apply(int cgroup_fd, const struct oci_resources *limits, bool system,
			struct err *err);
