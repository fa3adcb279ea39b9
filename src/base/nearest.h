/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The word of a list that a mistyped one most likely stands for. */

#include <stddef.h>

struct nearest {
	const char *typed;
	const char *word; /* the best one, or NULL if none is near */
	size_t edits;	  /* of the best one */
};

/* Considers a word, which is borrowed. It is near if at most a third of its characters has to be changed. */
void nearest_try(struct nearest *n, const char *word);

/*
 * The number of characters that must be inserted, removed, replaced or swapped with their neighbour; some number above
 * `max` if it is more than that.
 */
size_t nearest_edits(const char *a, const char *b, size_t max);
