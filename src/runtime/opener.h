/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The opener opens the files of the host for an init whose user namespace does not have the ids of the caller: the layers,
 * the upper directory, and sources of bind mounts. It hands over detached mounts of exactly these. Root's launcher opens
 * them itself. An ordinary user's launcher has a child for it, because mounts need privileges, and directories of the
 * container's root need power over all of the caller's ids. The child is in a user namespace with the default map (below
 * the holder, if one exists), and in a mount namespace of its own. It ends before the command is executed.
 */

#include "linux/userns.h"
#include "runtime/container.h"
#include "storage/overlay-parts.h"

struct opener {
	const struct container_plan *plan;
	struct userns_child child; /* none for root */
};
#define OPENER_INIT ((struct opener){.child = USERNS_CHILD_INIT})

/* `plan` has an opener_map. */
int opener_start(const struct container_plan *plan, struct opener *ret, struct masu_error *err);

/* The source of the mount with this index: the descriptor or -errno. */
int opener_source(const struct opener *opener, size_t index, struct masu_error *err);

/*
 * The parts of the root; of one that is a plain directory, a mount of it as OVERLAY_LAYERS. `userns_fd` is the user
 * namespace of the container, by which root of the host maps the ids of the layers.
 */
int opener_root(const struct opener *opener, int userns_fd, struct overlay_parts *ret,
		struct masu_error *err);

/* Safe on one that was not started. */
void opener_stop(struct opener *opener);
