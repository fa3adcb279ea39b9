/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs on their way into the layout. The bytes of sha256:HEX gather in ingest/HEX.part. The file stays if its
 * writer is killed. It is renamed to blobs/sha256/HEX only when it is on disk and its digest is verified. The process
 * that works on a blob holds flock(2) on ingest/HEX.lock, so of many pulls one downloads it while the others wait. The
 * lock also covers the unpacking of the layer. Its holder removes the lock file; a process that has locked a removed
 * file tries again.
 */

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json-build.h"
#include "image/layout.h"

/* The names of the files of a blob: in the layout, and in its ingest directory. */
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

/* Fills in the descriptor of a blob in a document. */
void blob_describe(struct json_build *b, struct json_object *o, const char *media_type,
		   const struct digest *digest, uint64_t size);

struct blob_store {
	const struct layout *layout;
	int dir;  /* the directory */
	int hold; /* keeps the garbage collection away: layout.h */
};
#define BLOB_STORE_INIT ((struct blob_store){.dir = -1, .hold = -1})

/* `layout` must outlive it. */
int blob_store_open(const struct layout *layout, struct blob_store *ret, struct masu_error *err);
void blob_store_done(struct blob_store *s);
#define _cleanup_blob_store_ _cleanup_(blob_store_done)

/* Locks a blob without waiting. The descriptor that holds the lock, -EWOULDBLOCK, or another -errno. */
int blob_store_lock(const struct blob_store *s, const struct digest *d);

/* Removes the lock file and releases the lock. */
void blob_store_unlock(const struct blob_store *s, const struct digest *d, int *lock);

/* Opens the partial blob; it is empty if it is new or was longer than `size_max`. The descriptor or -errno. */
int blob_store_open_part(const struct blob_store *s, const struct digest *d, uint64_t size_max);

/* Removes the partial blob. */
void blob_store_drop_part(const struct blob_store *s, const struct digest *d);

/* Makes the partial blob, whose digest was verified, a blob of the layout. -errno. */
int blob_store_publish(const struct blob_store *s, const struct digest *d, int part_fd);

/*
 * Removes a damaged blob, so that the next pull downloads it again. The caller holds its lock, so this waits for no other:
 * -EWOULDBLOCK, without an error, while a process uses the store's images. It may wait for the caller.
 */
int blob_store_drop_blob(const struct blob_store *s, const struct digest *d,
			 struct masu_error *err);

/* Writes a small blob whose bytes are verified, unless the layout has them. 0 or -errno. */
int blob_store_put(const struct blob_store *s, const struct digest *d, const char *bytes,
		   size_t size);

/* Makes the published blobs survive a power cut. 0 or -errno. */
int blob_store_sync(const struct blob_store *s);
