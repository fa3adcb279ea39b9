/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "oci/digest.h"

struct image_removed {
	char *name;	  /* that was taken away, or NULL */
	bool deleted;	  /* no name is left: the image has gone */
	struct digest id; /* of its config */
};
void image_removed_done(struct image_removed *r);

/*
 * Takes the name `what` away from its image or, for an id, the image with its name. `times` is how
 * often the caller gives this id, now and in later calls: an id that is given once for each of its
 * names, as a list of all images has it, loses one each time. ERR_CONFLICT when containers use the
 * image, or the id has more names, unless `force`: then it loses all.
 */
int engine_image_remove(struct engine *e, const char *what, size_t times, bool force,
			struct image_removed *ret, struct err *err);

/* Removes the blobs and layers that nothing names any more. */
int engine_image_collect(const struct engine *e, struct err *err);
