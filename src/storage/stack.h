/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The stack of layers of an image:
 *
 *	DATA/stacks/HEX		of the image config sha256:HEX: its chain ids, one a line, the lowest first; written
 *				after all of its layers
 *
 * A process that creates layers and then a stack holds DATA/images/ingest/lock shared meanwhile; a process that reads a
 * stack and then uses its layers holds DATA/images/lock shared.
 */

#include "base/err.h"

struct paths;

/*
 * Reads the chain ids of an image config's layers, the lowest first. ENOENT if the stack or one of its layers does not
 * exist: then `masu-image unpack` creates them again.
 */
int stack_read(const struct paths *paths, const char *config_hex, char ***ret_hexes,
	       struct masu_error *err);

/*
 * Writes a stack, which is on disk when it returns. Layers that a later one hides as a whole are left out. ENOENT if a
 * layer of it is not published.
 */
int stack_write(const struct paths *paths, const char *config_hex, char *const *hexes,
		struct masu_error *err);
