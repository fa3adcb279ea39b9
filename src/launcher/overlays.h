/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The overlays of a start that are sources of mounts (runtime/init/overlays.c). */

#include "engine/container/container.h"
#include "runtime/container.h"

struct overlays {
	struct overlay_source *list;
	size_t n;
};
void overlays_done(struct overlays *overlays);

/* Describes those of the record, and empties their directories for changes. ERR_UNSUPPORTED with lent ids. *ret is zeroed. */
int overlays_plan(masu_container *c, struct overlays *ret, struct masu_error *err);
