/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The cgroup of a bundle's container: by linux.cgroupsPath, annotations, and the caller's choice. */

#include "cgroup/manager.h"
#include "runtime/bundle.h"

struct bundle_cgroup {
	struct cgroup_plan plan;
	char *slice, *scope, *description;
	char **properties; /* of the scope, "NAME=VALUE" (systemd/scope.h) */
};
void bundle_cgroup_done(struct bundle_cgroup *g);

/*
 * Fills `ret`, which is zeroed, for the container `id`. The plan points into the bundle and `ret`,
 * which must stay where they are.
 */
int bundle_cgroup_plan(const struct bundle *b, const char *id, enum cgroup_manager manager,
		       enum cgroup_lack lack, struct bundle_cgroup *ret, struct masu_error *err);
