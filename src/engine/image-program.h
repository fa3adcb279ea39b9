/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs the program masu-image, and passes on what it reports (image/report.h). */

#include "engine/engine.h"

struct image_program {
	char *const *args;	    /* without the name of the program */
	int input;		    /* a descriptor that the arguments name, or -1 */
	masu_progress_fn *progress; /* may be NULL */
	void *progress_userdata;
};

/*
 * Returns the digest of the manifest ("sha256:HEX"; "" from a command without result), or the error that masu-image
 * reported. `ret_digest` may be NULL.
 */
int image_program_run(const struct masu_engine *e, const struct image_program *p, char **ret_digest,
		      struct masu_error *err);
