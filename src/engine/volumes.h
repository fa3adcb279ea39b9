/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories of volumes. They are made at the first start of a container that mounts them, and get
 * what they cover in its image then.
 *
 *	DATA/volumes/NAME	a volume
 *	DATA/volumes/.new-NAME	it isn't whole, as is said below
 *
 * The second is there before the first and gone after that was filled, and locked by flock(2) by who
 * fills it. So a start that finds it locked waits and has a whole volume then; one that finds it
 * free comes after a start that was killed or failed (a full disk), and empties the volume, which no
 * command has ever seen, and fills it itself. A volume without it is whole, and never copied into
 * again, be it empty or not.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "engine/record.h"

struct volumes {
	int dirfd;
	struct new_volume {
		const char *name;
		int marker; /* .new-NAME, locked */
	} * taken;
	size_t n_taken;
	char **to_fill; /* destinations in the container */
	bool sync;	/* some of them outlive a power cut */
};
#define VOLUMES_INIT ((struct volumes){.dirfd = -1})
/* Lets go of those that weren't finished. */
void volumes_done(struct volumes *v);
#define _cleanup_volumes_ _cleanup_(volumes_done)

/* DATA/volumes/NAME. NULL: no memory. */
char *volumes_path(const struct engine *e, const char *name);

/*
 * Makes the missing volumes of a container, empty, and takes those that aren't whole, waiting for
 * who has them. `record` must outlive *ret.
 */
int volumes_take(struct engine *e, const struct record *record, struct volumes *ret,
		 struct err *err);

/* The taken ones are whole. */
int volumes_finish(struct volumes *v, struct err *err);

/* Removes volumes; names that aren't there (any more) do no harm. */
int volumes_remove(struct engine *e, char *const *names, struct err *err);
