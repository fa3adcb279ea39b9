/* SPDX-License-Identifier: Apache-2.0 */
/* A registry's documents: manifest or index, image config, WWW-Authenticate, by the first byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/image.h"
#include "registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_document(const char *text, size_t size, const char *media_type)
{
	_cleanup_image_document_ struct image_document doc = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (image_document_parse(text, size, media_type, &doc, &err) < 0)
		return;
	for (size_t i = 0; i < doc.manifest.n_layers; i++)
		if (!digest_is_hex(doc.manifest.layers[i].digest.hex))
			abort();
	for (size_t i = 0; i < doc.index.n_manifests; i++)
		if (!digest_is_hex(doc.index.manifests[i].digest.hex))
			abort();
}

static void read_config(const char *text, size_t size)
{
	_cleanup_image_config_ struct image_config config = {0};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)image_config_parse(text, size, &config, &err);
}

static void read_challenge(const char *text, size_t size)
{
	_cleanup_challenge_ struct challenge c = {0};
	_cleanup_free_ char *header = strndup(text, size);

	if (header && challenge_parse(header, &c, NULL) == 0 && c.scheme == CHALLENGE_BEARER &&
	    !c.realm)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes + 1;

	if (size == 0)
		return 0;
	switch (bytes[0] % 4) {
	case 0:
		read_document(text, size - 1, NULL);
		break;
	case 1:
		read_document(text, size - 1, "application/vnd.oci.image.manifest.v1+json");
		break;
	case 2:
		read_config(text, size - 1);
		break;
	default:
		read_challenge(text, size - 1);
	}
	return 0;
}
