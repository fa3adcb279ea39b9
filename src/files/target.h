/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The destination of a copy, resolved once: a descriptor and at most one name below it. */

#include <stdbool.h>

#include "base/err.h"

struct target {
	int dir;    /* O_PATH */
	char *name; /* of the destination in it; NULL: the directory is the destination */
	char *path; /* of the directory, from the root, as it was resolved; for links that lead out of it */
	bool exists;	   /* with a name: it is there, and no directory */
	bool is_directory; /* the caller's path ends in a slash */
};
#define TARGET_INIT	 ((struct target){.dir = -1})
#define _cleanup_target_ _cleanup_(target_done)
void target_done(struct target *t);

/*
 * Resolves an absolute path below `root`, as cp(1) takes a destination: links are followed, and the last part may be
 * missing. ENOENT if its directory does not exist.
 */
int target_find(int root, const char *path, struct target *ret, struct masu_error *err);
