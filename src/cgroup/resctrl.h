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
int resctrl_open(struct err *err);

/*
 * Finds or makes the group, writes its schemata and puts the process into it; with enable_monitoring
 * into a monitoring group of the container's own, too. On failure what was made is gone again.
 */
int resctrl_enter(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		  struct err *err);

/* Puts a further process there. */
int resctrl_join(int root, const struct oci_intel_rdt *rdt, const char *id, pid_t pid,
		 struct err *err);

/* Writes the schemata again: those that are given. */
int resctrl_update(int root, const struct oci_intel_rdt *rdt, const char *id, struct err *err);

/*
 * Removes what is the container's own: the group of its id and its monitoring group. One that has a
 * closID is shared and stays. 0 also when they have gone; for resctrl_leave() also where nothing was
 * wanted, or resctrl isn't mounted any more.
 */
int resctrl_leave(const struct oci_intel_rdt *rdt, const char *id, struct err *err);
int resctrl_remove(int root, const struct oci_intel_rdt *rdt, const char *id, struct err *err);
