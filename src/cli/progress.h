/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shows the progress of a pull on standard error: on a terminal one line for each layer, redrawn; otherwise a
 * line when a layer begins and a line when it is done.
 */

#include "image/report.h"

struct progress_view {
	struct image_progress *layers;
	size_t n;
	size_t drawn; /* lines on the screen */
	int64_t drawn_ms;
	bool redraws; /* standard error is a terminal with room for all layers */
};

void progress_view_done(struct progress_view *view);
#define _cleanup_progress_view_ _cleanup_(progress_view_done)

/* An image_progress_fn; `arg` is the view. */
void progress_show(void *arg, const struct image_progress *progress);
