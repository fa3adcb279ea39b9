/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"
#include "runtime/instance.h"

/*
 * Changes the limits that `given` has and leaves the others: in the container's cgroup, and in the kept
 * config.json, from which the next update starts. ERR_CONFLICT if the container isn't running.
 */
int instance_update(const struct instance *c, const struct oci_resources *given,
		    struct masu_error *err);

/*
 * Changes the container's share of caches and memory bandwidth; NULL leaves one as it is. ERR_CONFLICT
 * for a container without linux.intelRdt.
 */
int instance_update_schemata(const struct instance *c, const char *l3_cache, const char *bandwidth,
			     struct masu_error *err);
