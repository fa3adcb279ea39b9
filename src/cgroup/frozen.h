/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a container is frozen, by any means: the kernel is asked each time. A status needs nothing else of a cgroup, so
 * only the file that answers is opened, in a hierarchy that stays open for the next container.
 */

#include "cgroup/cgroup.h"

/* The hierarchies, opened when the first container needs them. */
struct freezers {
	int v2, v1; /* -1: not opened */
};
#define FREEZERS_INIT	   ((struct freezers){-1, -1})
#define _cleanup_freezers_ _cleanup_(freezers_done)
void freezers_done(struct freezers *f);

/* Is the container of a record of cgroup_open() frozen? 1, 0 (also if its groups are gone) or -errno. */
int freezers_ask(struct freezers *f, const char *record, enum cgroup_flags flags);
