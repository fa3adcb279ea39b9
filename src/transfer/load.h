/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Loads all images of an archive, as `docker save` and `podman save` write them: a layout of OCI, or docker's with a
 * manifest.json; in one with both the layout counts. The archive is unpacked as in file-image.h, and then each image is
 * pulled from it.
 *
 * The images get the names that the archive states. A name that another image has is an error, unless the options have
 * `replace`: an archive of a stranger must not stand in for an image that the user trusts.
 */

#include "transfer/commands.h"

/*
 * Reports a result for each name, "sha256:HEX NAME" with the digest of the manifest, and for each image without,
 * "sha256:HEX".
 */
int command_load(struct image_options *o, struct masu_error *err);
