/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The chain id names a layer together with all layers below it (image-spec, config.md). */

#include "oci/digest.h"

/*
 * The chain id of a layer from its diff id and the chain id of the layer below it; NULL for the lowest layer, whose
 * chain id is its diff id. 0, -ENOMEM or -EIO.
 */
int chain_id(const struct digest *below, const struct digest *diff, struct digest *ret);
