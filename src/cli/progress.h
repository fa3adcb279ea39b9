/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shows the progress of a pull, or of another way to get layers, on standard error: on a terminal one line for
 * each layer, redrawn; otherwise a line when a layer begins and a line when it is done.
 */

#include "masu.h"

struct progress_layer {
	char digest[65];
	enum masu_phase phase;
	uint64_t done, total;
};

struct progress_view {
	struct progress_layer *layers;
	size_t n;
	size_t drawn; /* lines on the screen */
	int64_t drawn_ms;
	bool redraws;	    /* standard error is a terminal with room for all layers */
	const char *verb;   /* of the line when a layer begins; NULL for "pulling" */
	const char *exists; /* for a layer that need not be transferred; NULL for "already here" */
};

void progress_view_done(struct progress_view *view);
#define _cleanup_progress_view_ _cleanup_(progress_view_done)

/* A masu_progress_fn; `userdata` is the view. */
void progress_show(void *userdata, const struct masu_progress *progress);
