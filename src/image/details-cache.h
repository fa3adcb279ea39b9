/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The details of images for a list of many, by the digests of their manifests: RUN/images, an oci/pack-file.h. To parse
 * manifest and config costs 30 us for each.
 *
 * They are a function of the bytes of two blobs. An entry counts only while the inodes, sizes and ctimes of both are those
 * of the time before they were read, and they were last changed two seconds ago or earlier. The names of images, and the
 * sizes of layers on disk, are not cached. A damaged image is not cached.
 */

#include <sys/stat.h>

#include "image/layout.h"
#include "oci/pack-file.h"

struct details_cache {
	const char *path; /* NULL: it is not used */
	struct pack_file content;
};
#define DETAILS_CACHE_INIT ((struct details_cache){0})
void details_cache_done(struct details_cache *cache);

/* Reads the file. A failure leaves an empty cache. */
void details_cache_open(struct details_cache *cache, const char *path);

/*
 * Takes what the caller needs of both documents: created_ns, platform and labels of the image, and the digests and sizes of
 * its config and layers. `blobs` is the directory; the image's manifest and manifest_size are set. False: the caller
 * reads the blobs, and nothing is changed.
 */
bool details_cache_get(struct details_cache *cache, int blobs, struct masu_image *image,
		       struct image_manifest *ret);

/* The two blobs before they were read. */
struct details_blobs {
	struct stat manifest, config;
};

/* Looks at a blob before it is read. */
void details_cache_look(const struct details_cache *cache, int blobs, const struct digest *d,
			struct stat *ret);

/* Adds an image, if it may be cached. */
void details_cache_add(struct details_cache *cache, const struct masu_image *image,
		       const struct image_manifest *m, const struct details_blobs *before);

/* Replaces the file, if that is worth its time. A failure is ignored. */
void details_cache_close(struct details_cache *cache);
