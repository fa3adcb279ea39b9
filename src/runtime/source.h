/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sources of bind mounts that only the launcher can open or map; see runtime/init/bind.c.
 */

#include "runtime/container.h"

/*
 * A detached copy of the source of the mount with this index, with its id map. The descriptor or
 * -errno.
 */
int source_clone(const struct container_plan *plan, size_t index, struct masu_error *err);
