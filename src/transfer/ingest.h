/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs on their way into the layout. The bytes of sha256:HEX gather in ingest/HEX.part, which stays
 * when its maker is killed, and is renamed to blobs/sha256/HEX only when it is on disk and its digest was
 * found right. Who works on a blob holds flock(2) on ingest/HEX.lock, so of many pulls one
 * downloads it while the others wait; the lock also covers the unpacking of the layer. A lock file is
 * removed by its holder; who gets the lock of a file that is no longer there tries again.
 */

#include <stdint.h>

#include "base/err.h"
#include "image/layout.h"

struct ingest {
	const struct layout *layout;
	int dir;  /* the directory */
	int hold; /* keeps the garbage collection away: layout.h */
};
#define INGEST_INIT ((struct ingest){.dir = -1, .hold = -1})

/* `layout` must outlive it. */
int ingest_open(const struct layout *layout, struct ingest *ret, struct err *err);
void ingest_done(struct ingest *in);
#define _cleanup_ingest_ _cleanup_(ingest_done)

/* Never waits: the descriptor that holds the lock of a blob, -EWOULDBLOCK, or another -errno. */
int ingest_lock(const struct ingest *in, const struct digest *d);

/* Removes the lock file and gives the lock back. */
void ingest_unlock(const struct ingest *in, const struct digest *d, int *lock);

/* Opens the partial blob to be gone on with, empty when it is new or longer than it may be. -errno. */
int ingest_open_part(const struct ingest *in, const struct digest *d, uint64_t size_max);

/* Throws the partial blob away. */
void ingest_drop_part(const struct ingest *in, const struct digest *d);

/* Makes the partial blob, whose digest was verified, a blob of the layout. -errno. */
int ingest_publish(const struct ingest *in, const struct digest *d, int part_fd);

/*
 * Removes a blob whose bytes turned out not to be its digest's, so that the next pull gets it anew.
 * The caller has its lock (ingest_lock()).
 */
int ingest_drop_blob(const struct ingest *in, const struct digest *d, struct err *err);

/* Writes a small blob whose bytes were verified. Nothing when the layout has these. -errno. */
int ingest_put(const struct ingest *in, const struct digest *d, const char *bytes, size_t size);

/* After it, what was published survives a power cut. -errno. */
int ingest_sync(const struct ingest *in);
