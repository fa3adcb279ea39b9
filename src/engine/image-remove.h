/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "engine/engine.h"
#include "oci/digest.h"

struct image_removed {
	char *name;	  /* that was taken away, or NULL */
	bool deleted;	  /* no name is left: the image has gone */
	struct digest id; /* of its config */
};
void image_removed_done(struct image_removed *r);

/*
 * Takes the name `what` away from its image or, for an id, the image with its name. ERR_CONFLICT
 * when containers use the image, or the id has several names, unless `force`.
 */
int engine_image_remove(struct engine *e, const char *what, bool force, struct image_removed *ret,
			struct err *err);

/* Removes the blobs and layers that nothing names any more. */
int engine_image_collect(struct err *err);
