/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pushes an image of the store to a registry: its blobs, several at once, and then its manifest, byte for byte as it is
 * stored. The fetcher of a push can write nothing. No garbage collection runs meanwhile, so no blob is removed.
 */

#include "transfer/commands.h"

/* The argument is the image, by name or digest, and `destination` is its new name. Reports the digest of the manifest. */
int command_push(struct image_options *o, struct masu_error *err);
