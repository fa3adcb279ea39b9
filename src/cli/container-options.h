/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `run` and `create` have in common. */

#include "cli/options.h"
#include "engine/create.h"
#include "engine/request.h"

struct container_options {
	struct request request;
	const char *cidfile;
	bool detach, sig_proxy; /* of run alone */
};

extern const struct option_row container_option_rows[];

/*
 * Makes the container that the options and operands (image, command) ask for, and writes its id to
 * the --cidfile, which must not exist.
 */
int container_options_create(struct engine *e, const struct container_options *options,
			     char **operands, struct made *ret, struct err *err);

/* Removes the --cidfile of a container that was made, but is to go again. */
void container_options_undo(const struct container_options *options);
