/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Compresses a new layer by gzip, with its two digests. */

#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"

struct deflated {
	struct digest diff; /* of the archive */
	struct digest blob; /* of the compressed archive */
	uint64_t size;	    /* of the compressed archive */
};

/* From the archive in `input`, to its end, to the file `output`. The same bytes give the same blob. */
int deflate_layer(int input, int output, struct deflated *ret, struct masu_error *err);
