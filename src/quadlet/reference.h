/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* References of a quadlet file to others: "data.volume", "data@.volume". */

#include "quadlet/draft.h"

/*
 * Finds the file of this name for an assignment, requires its service, and returns the name of its object, to be freed. NULL
 * with a message if it does not exist or cannot be used.
 */
char *draft_reference(struct quadlet_draft *d, const struct quadlet_assignment *a,
		      const char *file);

/* Does the word name a file of this type? */
bool is_reference(const char *word, enum quadlet_type type);

/* The service of a file, as this unit names it. To be freed; NULL with a message. */
char *draft_service_of(struct quadlet_draft *d, const struct quadlet_assignment *a,
		       const char *file);
