/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An OCI image layout: oci-layout, index.json and blobs/sha256/HEX, which other tools can read, too. index.json is the list
 * of images: each entry names a manifest, by the canonical reference in org.opencontainers.image.ref.name. It is replaced
 * in one step, under the lock, after all blobs of its images are on disk. So its images are complete, even if masu is
 * killed.
 *
 * Locks, in the order in which they are acquired; all are flock(2), which the exit of the holder releases:
 *
 *	ingest/lock	shared: a process creates blobs, layers and stacks that have no name yet;
 *			exclusive: the garbage collection, which never waits for it
 *	lock		exclusive: index.json is changed, or anything is removed;
 *			shared: readers hold it from the lookup of an image until its layers are in the record of a
 *			container
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "image/reference.h"
#include "oci/image.h"

struct layout {
	int fd;	     /* the directory */
	char *path;  /* for messages */
	char *cache; /* the file of a image/details-cache.h for lists, or NULL */
	int cancel_fd; /* ends a wait for a lock (base/file.h), borrowed; -1: none. Set after layout_open() */
};
#define LAYOUT_INIT ((struct layout){.fd = -1, .cancel_fd = -1})

/* The directories of the store, below the data directory (storage/paths.h). */
#define LAYOUT_STORE  "images"
#define LAYOUT_INGEST "ingest" /* within the layout: partial blobs, and their locks */

/*
 * Opens the layout in `path`. With `create`, missing files, parents, and the directories that masu adds are created (mode
 * 0700). ENOENT; EBADMSG if the directory is not a layout.
 */
int layout_open(const char *path, bool create, struct layout *ret, struct masu_error *err);
void layout_done(struct layout *l);
#define _cleanup_layout_ _cleanup_(layout_done)

/* Acquires the lock: LOCK_SH or LOCK_EX. Returns the descriptor that holds it, or -errno. */
int layout_lock(const struct layout *l, int operation, struct masu_error *err);

/* One image of the list. */
struct masu_image {
	char *name; /* canonical reference, or NULL for an entry without a name */
	struct digest manifest;
	uint64_t manifest_size;
	char *media_type;     /* of the manifest */
	struct digest index;  /* of the multi-platform index that it was chosen from, or none */
	struct digest config; /* the image id; none if damaged */
	uint64_t config_size;
	int64_t created_ns; /* 0 if unknown */
	uint64_t size;	    /* bytes of all its blobs */
	struct image_platform platform;
	struct oci_map labels;
	char *damage; /* the reason that it cannot be used, or NULL */
};

struct masu_image_list {
	struct masu_image *images;
	size_t n;
	uint64_t reclaimed; /* bytes, by a prune of the engine */
};

void layout_image_done(struct masu_image *image);
void layout_list_done(struct masu_image_list *list);
#define _cleanup_layout_image_ _cleanup_(layout_image_done)
#define _cleanup_layout_list_  _cleanup_(layout_list_done)

/*
 * All images, in the order of index.json. An image with a missing or damaged blob is listed with the reason. It fails only
 * if index.json itself cannot be read, or for lack of memory or descriptors.
 */
int layout_list(const struct layout *l, struct masu_image_list *ret, struct masu_error *err);

/* Has an earlier entry of the list the same manifest? An image with several names then counts once. */
bool layout_is_listed_before(const struct masu_image_list *list, size_t index);

/*
 * Finds an image by the text of a user: a reference, which may be short (with a digest, the manifest or the index that it
 * was chosen from must have it), "sha256:HEX" of a manifest, index or config, or at least the first four hexadecimal
 * digits of the digest of a config. ENOENT; ERR_CONFLICT if several digests begin with the digits; EBADMSG if the image is
 * damaged.
 */
int layout_find(const struct layout *l, const char *what, struct masu_image *ret,
		struct masu_error *err);

/* The parsed documents of a stored image. EBADMSG if one is missing or damaged. */
int layout_read_manifest(const struct layout *l, const struct digest *d, uint64_t size,
			 struct image_manifest *ret, struct masu_error *err);
int layout_read_config(const struct layout *l, const struct digest *d, uint64_t size,
		       struct image_config *ret, struct masu_error *err);

/* Opens a blob for reading. It must be a regular file of that size, inside the layout. -errno. */
int layout_open_blob(const struct layout *l, const struct digest *d, uint64_t size);

/* The bytes of a small blob. EBADMSG, with the reason, if it is missing, damaged or larger than `limit`. */
int layout_read_blob(const struct layout *l, const struct digest *d, uint64_t size, size_t limit,
		     char **ret, struct masu_error *err);

/* The unchanged entries of index.json: for sources of a pull. */
int layout_read_index(const struct layout *l, struct image_index *ret, struct masu_error *err);

struct layout_entry {
	const char *name;	/* canonical reference, or NULL */
	const char *media_type; /* of the manifest */
	struct digest manifest;
	uint64_t manifest_size;
	struct digest index; /* or none */
};

/*
 * Gives a canonical name to a manifest in the layout, or moves the name to it, or lists it without a name, unless it is
 * listed. Acquires the lock.
 */
int layout_put(const struct layout *l, const struct layout_entry *entry, struct masu_error *err);

/* The same, unless another manifest has the name. Returns 1 if this manifest has it now, else 0. */
int layout_offer(const struct layout *l, const struct layout_entry *entry, struct masu_error *err);

/*
 * Gives the further name `name` to the image with the name or id `what`, as in layout_find(). Acquires the lock.
 */
int layout_tag(const struct layout *l, const char *what, const char *name, struct masu_error *err);

/* The same, but an image that loses the name stays listed, if need be without a name. In one step. */
int layout_retag(const struct layout *l, const char *what, const char *name,
		 struct masu_error *err);

/*
 * Removes a canonical name with its entry, or every entry of the manifest `d` if `name` is NULL. The next `masu-image gc`
 * removes blobs that no entry uses any more. ENOENT. Acquires the lock.
 */
int layout_untag(const struct layout *l, const char *name, const struct digest *d,
		 struct masu_error *err);
