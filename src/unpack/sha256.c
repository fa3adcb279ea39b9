/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sha256.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"

EVP_MD_CTX *sha256_new(void)
{
	EVP_MD_CTX *sum = EVP_MD_CTX_new();

	if (sum && EVP_DigestInit_ex(sum, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(sum);
		return NULL;
	}
	return sum;
}

void sha256_free(EVP_MD_CTX *sum)
{
	EVP_MD_CTX_free(sum);
}

int sha256_add(EVP_MD_CTX *sum, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(sum, bytes, size) == 1 ? 0 : -EIO;
}

int sha256_finish(EVP_MD_CTX *sum, struct digest *ret)
{
	unsigned char bytes[32];

	if (EVP_DigestFinal_ex(sum, bytes, NULL) != 1)
		return -EIO;
	digest_from_bytes(bytes, ret);
	return 0;
}

int sha256_of(const void *bytes, size_t size, struct digest *ret)
{
	_cleanup_sha256_ EVP_MD_CTX *sum = sha256_new();

	if (!sum)
		return -ENOMEM;
	int r = sha256_add(sum, bytes, size);
	return r < 0 ? r : sha256_finish(sum, ret);
}

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
