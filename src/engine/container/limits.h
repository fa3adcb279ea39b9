/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The limits of a container's cgroup, as masu.h has them, for a creation and for an update. */

#include "masu.h"
#include "oci/spec.h"

/*
 * Checks each limit alone, and sets those that are given in *r, which keeps the others. Limits that contradict each
 * other are for cgroup_limits_check(). ERR_INVALID.
 */
int limits_set(struct oci_resources *r, const struct masu_update_options *o,
	       struct masu_error *err);
