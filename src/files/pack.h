/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From files of a place to a tar archive. */

#include "files/place.h"

struct pack {
	const char *path; /* absolute in the place */
	/* The name of its entry, above all that is below it. "": no entry for a directory itself. */
	const char *name;
	bool follow_link; /* when the path itself is a symbolic link */
	/*
	 * The path is an upper directory of PLACE_LAYERS: the archive is a layer of an image, with the deletions of
	 * image-spec, layer.md, and without the targets of mounts.
	 */
	bool is_layer;
	char *const *mounts; /* absolute */
	int output;	     /* a pipe or socket */
	int report;
};

int pack_run(const struct place *place, const struct pack *pack, struct masu_error *err);

/* Reports "MODE SIZE MTIME_NS NAME_LENGTH:" in decimal, then NAME (that of `pack`) and the target of a link. */
int pack_stat(const struct place *place, const struct pack *pack, struct masu_error *err);
