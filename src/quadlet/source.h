/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The text of a quadlet file and of its drop-ins: all assignments in their order. A later one of a key replaces an earlier
 * one or adds to it, and an empty one removes those before it, as in units of systemd.
 */

#include <stddef.h>

#include "base/err.h"

struct quadlet_assignment {
	char *section, *key, *value;
	const char *path; /* of its file; borrowed from the source */
	unsigned int line;
};

/*
 * Of a file and its drop-ins. The time of a translation grows with the square of lines and words, and systemd waits for it at
 * boot and at each reload.
 */
#define QUADLET_TEXT_MAX (64u << 10)

struct quadlet_source {
	struct quadlet_assignment *items;
	size_t n, size;
	char **paths;
};
void quadlet_source_done(struct quadlet_source *s);

/*
 * Adds the assignments of a text. ERR_INVALID: the error has file and line; those before the line were added. The same
 * for more than 4,096 assignments or QUADLET_TEXT_MAX bytes in all.
 */
int quadlet_source_add(struct quadlet_source *s, const char *text, size_t size, const char *path,
		       struct masu_error *err);

/* The last assignment of the key, or NULL without one, or if it is empty. */
const struct quadlet_assignment *quadlet_source_last(const struct quadlet_source *s,
						     const char *section, const char *key);

/* The assignments of the key in force, one after the other: `after` is NULL at first. NULL at the end. */
const struct quadlet_assignment *quadlet_source_next(const struct quadlet_source *s,
						     const char *section, const char *key,
						     const struct quadlet_assignment *after);
#define QUADLET_FOREACH(a, s, section, key)                                                     \
	for (const struct quadlet_assignment *(a) = quadlet_source_next(s, section, key, NULL); \
	     (a); (a) = quadlet_source_next(s, section, key, a))
