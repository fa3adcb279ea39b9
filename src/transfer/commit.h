/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Makes an image of a stored image, its base, and of a layer and a config from the caller (the engine). The layer goes into a
 * temporary file of the ingest directory and becomes a blob when its digest is known; then config and manifest are stored,
 * the layer is unpacked and verified as that of a pull, and the name is given last. If masu-image is killed, the
 * next garbage collection removes the rest.
 */

#include "transfer/commands.h"

/* The options name the base ("sha256:HEX" of its manifest). Reports the digest of the new manifest. */
int command_commit(struct image_options *o, struct masu_error *err);

/*
 * The same without a base: the layer is a stranger's archive, perhaps compressed, and the config has no diff id and no
 * platform, which is that of the options.
 */
int command_import(struct image_options *o, struct masu_error *err);
