/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * linux.intelRdt: the container's part of the processor's caches and memory bandwidth, by groups in
 * /sys/fs/resctrl. `root` is a descriptor of that, `id` the container's.
 */

#include <sys/types.h>

#include "base/err.h"
#include "oci/spec.h"

/*
 * Opens /sys/fs/resctrl. ERR_UNSUPPORTED, naming linux.intelRdt: the processor or the kernel hasn't it,
 * or it isn't mounted, which masu leaves to the host.
 */
int resctrl_open(struct masu_error *err);

/*
 * Finds or creates the group, writes its schemata and moves the process into it; with enable_monitoring also into
 * a monitoring group for this container alone. A failure leaves no group behind.
 */
int resctrl_enter(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		  struct masu_error *err);

/* Puts a further process there. */
int resctrl_join(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		 struct masu_error *err);

/* Writes the schemata again: those that are given. */
int resctrl_update(int root, const struct oci_intel_rdt *rdt, const char *id,
		   struct masu_error *err);

/*
 * Removes the group of the container's id and its monitoring group. A group with a closID is shared and stays. 0 also
 * if they are gone; for resctrl_leave() also if none was requested, or resctrl is not mounted any more.
 */
int resctrl_leave(const struct oci_intel_rdt *rdt, const char *id, struct masu_error *err);
int resctrl_remove(int root, const struct oci_intel_rdt *rdt, const char *id,
		   struct masu_error *err);
