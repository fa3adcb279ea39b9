/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a tar archive to files of a place. The archive, and the names that are there already, come from strangers: each
 * entry is made by name in a directory that was opened before, and no link is followed by its last part. Below the
 * target no link is followed at all; only the archive of a caller may lead through links of the container, which stay
 * in its root.
 */

#include "files/place.h"

struct put {
	const char *path; /* absolute in the place */
	/*
	 * NULL: `path` is a directory, and the entries have their names below it. Else the archive holds one tree, which
	 * goes to `path` by the rules of cp(1), with this name if `path` is a directory.
	 */
	const char *name;
	bool contents; /* of a tree that is a directory: its entries go to `path`, if that is a directory */
	bool owners; /* keep those of the archive; else files belong to root of the place, or to the caller */
	bool overwrite; /* a directory may replace another file, and the reverse */
	int input;
	int report;
};

int put_run(const struct place *place, const struct put *put, struct masu_error *err);
