/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sources of bind mounts that only the launcher can open or map; see runtime/init/bind.c.
 */

#include "runtime/container.h"
#include "storage/overlay-parts.h"

/* Does the plan have the mount itself, rather than a path to its source? */
bool source_is_given(const struct container_plan *plan, const struct oci_mount *m);

/*
 * A detached copy of the source of the mount with this index, with its id map. The descriptor or
 * -errno. With `root`, the container's, new volumes and files of the bundle that are the caller's become root's.
 */
int source_clone(const struct container_plan *plan, size_t index,
		 const struct overlay_mounter *root, struct masu_error *err);
