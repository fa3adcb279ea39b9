/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/chain-id.h"

#include <stdio.h>

#include "unpack/sha256.h"

int chain_id(const struct digest *below, const struct digest *diff, struct digest *ret)
{
	char text[2 * DIGEST_TEXT_MAX], a[DIGEST_TEXT_MAX], b[DIGEST_TEXT_MAX];

	if (!below) {
		*ret = *diff;
		return 0;
	}
	int n = snprintf(text, sizeof(text), "%s %s", digest_text(below, a), digest_text(diff, b));
	return sha256_of(text, (size_t)n, ret);
}
