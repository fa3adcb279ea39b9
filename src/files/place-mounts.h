/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The root of a container that is not running, and the mounts in it, for a worker. A worker whose user namespace lacks the
 * ids of the owner of the store cannot open them: another process does, and gives them as detached mounts.
 */

#include "files/place.h"
#include "storage/overlay-parts.h"

struct place_mounts {
	const struct place *place;
	bool is_given; /* the descriptors are detached mounts, and the working directory is free for them */
	struct overlay_parts
		parts;	  /* if given: of the overlay, or OVERLAY_LAYERS of a plain root */
	bool only_layers; /* the changes of the container are mounted as one more layer, to be read */
	int *sources;
	size_t n;
};
#define PLACE_MOUNTS_INIT ((struct place_mounts){.parts = OVERLAY_PARTS_INIT})

/*
 * For a worker that has access, which this process is or clones. The process that opens them ends with its work: nothing is
 * closed one by one.
 */
int place_mounts_open(const struct place *p, struct place_mounts *ret, struct masu_error *err);

/* For one that has not. The caller needs CAP_SYS_ADMIN over its mount namespace, and enters the place of the root. */
int place_mounts_give(const struct place *p, const struct overlay_mounter *mounter,
		      struct place_mounts *ret, struct masu_error *err);

/* In the worker's mount namespace. The root (O_PATH) or -errno. */
int place_mounts_make(const struct place_mounts *m, struct masu_error *err);
