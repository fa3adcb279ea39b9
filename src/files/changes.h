/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the upper directory of a container to its changes of the image. No content of a file is read. */

#include "files/place.h"

struct changes {
	char *const *mounts; /* targets of mounts, absolute: they are left out */
	int output;	     /* a pipe */
	int report;
};

/* Writes a record for each change, in no order: 'A' (added), 'C' (changed) or 'D' (deleted), the absolute path, and NUL. */
int changes_run(const struct place *place, const struct changes *changes, struct masu_error *err);
