/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An OCI image layout: oci-layout, index.json and blobs/sha256/HEX, which other tools read too.
 * index.json is the list of images: each entry names a manifest, by the canonical reference in
 * org.opencontainers.image.ref.name. It is replaced in one step, under the lock, after every blob it
 * leads to is on disk; so what index.json names is whole, whenever masu is killed.
 *
 * Locks, in the order in which they are taken; all are flock(2), gone with their holder:
 *	ingest/lock	shared by whoever makes blobs, layers and stacks that nothing names yet;
 *			taken exclusively, and never waited for, by the garbage collection
 *	lock		exclusive while index.json changes and while anything is removed; shared by
 *			readers between finding an image and having made their own hold on its layers
 *			(the container's record)
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "image/reference.h"
#include "oci/image.h"

struct layout {
	int fd;	    /* the directory */
	char *path; /* for messages */
};
#define LAYOUT_INIT ((struct layout){.fd = -1})

/* The directories of the store, below the data directory (storage/paths.h). */
#define LAYOUT_STORE  "images"
#define LAYOUT_INGEST "ingest" /* within the layout: partial blobs, and their locks */

/*
 * Opens the layout in `path`; with `create`, makes what is missing of it, of its parents and of the
 * directories that masu adds (mode 0700). ENOENT; EBADMSG when the directory isn't a layout.
 */
int layout_open(const char *path, bool create, struct layout *ret, struct masu_error *err);
void layout_done(struct layout *l);
#define _cleanup_layout_ _cleanup_(layout_done)

/* Takes the lock: LOCK_SH or LOCK_EX. The descriptor that holds it, or -errno. */
int layout_lock(const struct layout *l, int operation, struct masu_error *err);

/* One image of the list. */
struct masu_image {
	char *name; /* canonical reference, or NULL for an entry without a name */
	struct digest manifest;
	uint64_t manifest_size;
	char *media_type;     /* of the manifest */
	struct digest index;  /* the multi-platform index it came by, or none */
	struct digest config; /* the image id; none when damaged */
	uint64_t config_size;
	int64_t created_ns; /* 0 when unknown */
	uint64_t size;	    /* bytes of all its blobs */
	struct image_platform platform;
	char *damage; /* why it can't be used, or NULL */
};

struct masu_image_list {
	struct masu_image *images;
	size_t n;
};

void layout_image_done(struct masu_image *image);
void layout_list_done(struct masu_image_list *list);
#define _cleanup_layout_image_ _cleanup_(layout_image_done)
#define _cleanup_layout_list_  _cleanup_(layout_list_done)

/*
 * All images, in the order of index.json. A missing or damaged blob damages the one image, which is
 * listed with the reason. Fails only when index.json itself can't be read.
 */
int layout_list(const struct layout *l, struct masu_image_list *ret, struct masu_error *err);

/*
 * Finds one image by what a user typed: a reference (short names complete themselves; with a digest
 * the manifest, or the index that it was chosen from, must have it), "sha256:HEX" of a manifest, index
 * or config, or at least four hexadecimal digits that begin one config's digest. ENOENT; ERR_CONFLICT when
 * the digits begin several; EBADMSG when the image found is damaged.
 */
int layout_find(const struct layout *l, const char *what, struct masu_image *ret,
		struct masu_error *err);

/* The parsed documents of a stored image. EBADMSG for what is missing or damaged. */
int layout_read_manifest(const struct layout *l, const struct digest *d, uint64_t size,
			 struct image_manifest *ret, struct masu_error *err);
int layout_read_config(const struct layout *l, const struct digest *d, uint64_t size,
		       struct image_config *ret, struct masu_error *err);

/* A blob, opened to be read; only a regular file of that size, inside the layout. -errno. */
int layout_open_blob(const struct layout *l, const struct digest *d, uint64_t size);

/* A small blob's bytes. EBADMSG, with the reason, for what is missing, damaged or over `limit`. */
int layout_read_blob(const struct layout *l, const struct digest *d, uint64_t size, size_t limit,
		     char **ret, struct masu_error *err);

/* The entries of index.json as they are: for sources of a pull. */
int layout_read_index(const struct layout *l, struct image_index *ret, struct masu_error *err);

/* Gives (or moves) a canonical name to a manifest that is in the layout. Takes the lock. */
struct layout_entry {
	const char *name;	/* canonical reference */
	const char *media_type; /* of the manifest */
	struct digest manifest;
	uint64_t manifest_size;
	struct digest index; /* or none */
};
int layout_put(const struct layout *l, const struct layout_entry *entry, struct masu_error *err);

/* The same unless another manifest has the name: 1 when this one has it now, else 0. */
int layout_offer(const struct layout *l, const struct layout_entry *entry, struct masu_error *err);

/*
 * Gives the image that has the name (or id) `what` the further name `name`; both as layout_find()
 * takes them. Takes the lock.
 */
int layout_tag(const struct layout *l, const char *what, const char *name, struct masu_error *err);

/*
 * Takes a name away; the entry goes with it, and its blobs with the next `masu-image gc` unless
 * another entry has them. `name` is canonical; NULL takes away every entry of the manifest `d`
 * instead. ENOENT. Takes the lock.
 */
int layout_untag(const struct layout *l, const char *name, const struct digest *d,
		 struct masu_error *err);
