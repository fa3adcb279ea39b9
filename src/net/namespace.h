/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A network namespace that one process creates for another: this takes as long as all mounts of a
 * container together, so the launcher does it while init mounts. network_namespaces(7), setns(2).
 */

#include "base/err.h"

/*
 * A descriptor of the caller's own network namespace, when the caller can leave it and return, or
 * -errno. That needs CAP_SYS_ADMIN in the user namespace that owns it.
 */
int net_namespace_own(void);

/*
 * Creates a network namespace with `lo` up and returns a descriptor of it, or -errno. The caller must
 * have one thread; it is back in `own` (net_namespace_own()) afterwards, also on an error.
 */
int net_namespace_new(int own, struct masu_error *err);

/* Brings up `lo` of the caller's network namespace, which must be one of its own. */
int net_loopback_up(struct masu_error *err);
