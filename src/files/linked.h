/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files with several names, and the first name of each in an archive. */

#include <stddef.h>
#include <sys/stat.h>

struct linked {
	void *tree; /* of tsearch(3) */
	size_t n;
};
void linked_done(struct linked *l);

/* The name that the file has in the archive already, or NULL. */
const char *linked_find(const struct linked *l, const struct stat *st);

/* 0 or -ENOMEM. Beyond a limit nothing is remembered: such a file becomes several files. */
int linked_remember(struct linked *l, const struct stat *st, const char *name);
