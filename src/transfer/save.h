/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Saves stored images to an archive or a directory. Blobs are copied as they are, compressed, and each is verified again.
 * The documents that list them come last, so no reader accepts an archive that was cut short.
 *
 *	oci-archive, oci-dir	an OCI image layout
 *	docker-archive		the same with docker's manifest.json, as docker 25 and later write it: a reader of either
 *				format finds what it needs
 *	docker-dir		skopeo's directory of one image, with a manifest of docker
 *
 * The process holds ingest/lock shared (image/layout.h), so blobs stay, and a slow reader of the archive blocks nobody.
 */

#include "transfer/commands.h"

/*
 * Each of `images` is "sha256:HEX" of its manifest with " NAME" for each name that it gets. The options have the format, and
 * as output a stream or an empty directory. Reports an empty result.
 */
int command_save(char *const *images, struct image_options *o, struct masu_error *err);
