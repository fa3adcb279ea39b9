/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of a blob's files within the layout and within its ingest directory. */

#include <stdio.h>

#include "oci/digest.h"

#define BLOB_NAME_MAX (DIGEST_HEX_LENGTH + 16)

static inline const char *blob_path(const struct digest *d, char buffer[BLOB_NAME_MAX])
{
	(void)snprintf(buffer, BLOB_NAME_MAX, "blobs/sha256/%s", d->hex);
	return buffer;
}

static inline const char *part_name(const struct digest *d, char buffer[BLOB_NAME_MAX])
{
	(void)snprintf(buffer, BLOB_NAME_MAX, "%s.part", d->hex);
	return buffer;
}

static inline const char *lock_name(const struct digest *d, char buffer[BLOB_NAME_MAX])
{
	(void)snprintf(buffer, BLOB_NAME_MAX, "%s.lock", d->hex);
	return buffer;
}
