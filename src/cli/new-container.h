/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The container that the options of `run` and `create` describe. */

#include "cli/container-options.h"

/*
 * Creates the container that the options and operands (image, command) ask for, and writes its id to the --cidfile,
 * which must not exist.
 */
int new_container_create(masu_engine *e, const struct container_options *o, char **operands,
			 masu_container **ret, struct masu_error *err);

/* Removes a container that could not be started, with its volumes and, unless `o` is NULL, its --cidfile. */
void new_container_discard(const struct container_options *o, masu_container *c);
