/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256 by OpenSSL, which uses the processor's own instructions where it has them. */

#include <openssl/evp.h>

#include "oci/digest.h"

/* A running sum. NULL when out of memory. Released by sha256_free(). */
EVP_MD_CTX *sha256_new(void);
void sha256_free(EVP_MD_CTX *sum);
static inline void sha256_freep(EVP_MD_CTX **sum)
{
	sha256_free(*sum);
}
#define _cleanup_sha256_ _cleanup_(sha256_freep)

/* Adds bytes. OpenSSL fails here only when misused; -EIO then. */
int sha256_add(EVP_MD_CTX *sum, const void *bytes, size_t size);

/* The digest of all that was added; the sum is spent. 0 or -EIO. */
int sha256_finish(EVP_MD_CTX *sum, struct digest *ret);

/* All at once. 0, -ENOMEM or -EIO. */
int sha256_of(const void *bytes, size_t size, struct digest *ret);

/* The chain id names a layer together with all layers below it (image-spec, config.md). */

/*
 * The chain id of a layer from its diff id and the chain id of the layer below it; NULL for the lowest layer, whose
 * chain id is its diff id. 0, -ENOMEM or -EIO.
 */
int chain_id(const struct digest *below, const struct digest *diff, struct digest *ret);
