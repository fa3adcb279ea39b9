/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The volumes of a container that starts. Missing ones are created, and those that no container has
 * mounted yet get the files that they cover in the image (volume-dir.h).
 *
 * The start holds the markers of these volumes until they are whole. Another start that finds a
 * marker held waits for it. One that finds it free comes after a start that was killed or failed (a
 * full disk): it empties the volume, which nobody has used, and fills it itself. A volume without a
 * marker never gets files of an image again, be it empty or not.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine/container/record.h"
#include "engine/engine.h"

struct volumes {
	int dirfd;
	struct new_volume {
		const char *name;
		int marker;  /* held */
		bool is_new; /* created by this start, rather than by a command */
	} * taken;
	size_t n_taken;
	char **to_fill; /* destinations in the container */
	bool sync;	/* some of them outlive a power cut */
};
#define VOLUMES_INIT ((struct volumes){.dirfd = -1})
/* Releases the markers of those that were not finished. */
void volumes_done(struct volumes *v);
#define _cleanup_volumes_ _cleanup_(volumes_done)

/*
 * Creates the missing volumes of a container, empty, and takes those without a start before, waiting
 * for other starts. `record` must be on disk, and outlive *ret.
 */
int volumes_take(struct masu_engine *e, const struct record *record, struct volumes *ret,
		 struct masu_error *err);

/* The taken ones are whole. */
int volumes_finish(const struct masu_engine *e, struct volumes *v, struct masu_error *err);

/* Removes volumes that only a removed container has mounted. Missing ones are accepted. */
int volumes_remove(struct masu_engine *e, char *const *names, struct masu_error *err);
