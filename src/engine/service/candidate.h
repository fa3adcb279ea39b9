/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Containers whose services are updated: those with the label for it, and their newer images. */

#include "base/err.h"
#include "engine/engine.h"

struct candidate {
	/* Kept in the journal. */
	char *unit;	 /* NULL: the label is missing, and `err` is set */
	char *container; /* its name */
	char *id;
	char *image;	 /* as the user named it */
	char *reference; /* its canonical name; NULL: it has none */
	char *policy;	 /* the label's text */
	char *old;	 /* HEX of the manifest that the container was created from */

	/* Of this run. */
	bool local;	/* compare with the store, and not with a registry */
	char *authfile; /* of the label, or NULL */
	char *newer;	/* "sha256:HEX" of another manifest; NULL: not found */
	bool in_place;	/* the store has the newer image by this name */
	struct masu_error err;
	enum masu_updated updated;
};

struct candidates {
	struct candidate *item;
	size_t n;
};
#define _cleanup_candidates_ _cleanup_(candidates_done)
void candidates_done(struct candidates *c);

/* Adds one, whose members the caller sets; NULL when out of memory. It is valid until the next call. */
struct candidate *candidates_add(struct candidates *c);

/* The running containers with the label, sorted by their units. */
int candidates_read(struct masu_engine *e, struct candidates *ret, struct masu_error *err);

/*
 * Looks for a newer image: sets `newer` and `in_place`, or `err`. Returns -ECANCELED (ERR_SIGNAL) if the caller cancels,
 * else 0.
 */
int candidate_check(struct masu_engine *e, const struct masu_auto_update_options *options,
		    struct candidate *c, struct masu_error *err);

/* Has the newer image in the store, by the name of the container's image. Errors are returned. */
int candidate_pull(struct masu_engine *e, const struct masu_auto_update_options *options,
		   const struct candidate *c, struct masu_error *err);
