/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A network namespace made beside its user: to make one takes as long as all mounts of a container
 * together, so the launcher does it while init mounts. network_namespaces(7), setns(2).
 */

#include "base/err.h"

/*
 * A descriptor of the caller's own network namespace, when the caller can leave and come back: whoever
 * has no power over the user namespace that it belongs to can't. Else -errno.
 */
int net_namespace_own(void);

/*
 * Makes a network namespace, with `lo` up, and returns a descriptor of it, or -errno. The caller, which
 * has one thread, is back in `own` (net_namespace_own()) then, also after an error.
 */
int net_namespace_new(int own, struct err *err);
