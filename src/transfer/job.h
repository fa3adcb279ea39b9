/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One layer on its way into the store: its bytes come from the registry (or from what is there of them
 * already), and go, as they come, into the sum of its digest, into its partial blob, and into the
 * unpacker's pipe. A job never blocks: jobs_run() moves many on in one thread.
 *
 *	WAITING	  for its turn, which is from the bottom up, then for the lock of its blob: somebody
 *		  else may be pulling it
 *	FEEDING	  bytes that are on disk: of the partial blob that an earlier pull left, or of the whole
 *		  blob when only the unpacked layer is missing
 *	LOADING	  bytes from the registry, from where the partial blob ends
 *	UNPACKING all bytes are there and their digest is right; the unpacker finishes; then the layer below
 *		  must be published, as what this one says depends on it (layer-settle.h)
 *	DONE	  blob and layer are published, the lock is given back
 *
 * When the pipe to the unpacker is full, what is left of a chunk is kept (one chunk at most) and the
 * source is held up, so a slow disk or a hostile layer doesn't fill memory.
 *
 * A job waits for those below it alone, and takes its lock only when they have theirs: so of the pulls
 * that hold locks each has a lowest job that waits for nobody.
 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "transfer/ingest.h"
#include "transfer/progress.h"
#include "transfer/source.h"

struct order;
struct paths;

/* What all jobs of a pull share. All of it outlives them. */
struct job_context {
	const struct paths *paths;
	int orders; /* order.h */
	const struct ingest *ingest;
	const struct source *source;
	struct http *http; /* NULL when the source is no registry */
	struct progress *progress;
};

enum job_state { JOB_WAITING, JOB_FEEDING, JOB_LOADING, JOB_UNPACKING, JOB_DONE, JOB_STATE_MAX };

struct job {
	const struct image_descriptor *blob;
	struct digest diff, chain;
	size_t number; /* its line of progress; the layers below it are the jobs before it */

	enum job_state state;
	int lock, part, stored; /* descriptors: of the partial blob, or of the whole one */
	uint64_t taken, there;	/* bytes taken so far; bytes that the descriptor has */
	EVP_MD_CTX *sum;
	struct order *unpack; /* NULL when the layer is there, or when its unpacker has ended */
	char *kept;	      /* what the pipe didn't take yet */
	size_t kept_size, kept_done, kept_room;
	struct transfer transfer;
	char *what;
};
#define JOB_INIT ((struct job){.lock = -1, .part = -1, .stored = -1})

void job_done(struct job *job, const struct job_context *c);

/* Moves one job on as far as it goes without waiting. 1 when something was done, 0 when not. */
int job_step(struct job *job, const struct job_context *c, struct err *err);

/* What the job waits for besides its transfer: adds at most one to `wait`; their number. */
size_t job_poll(const struct job *job, struct curl_waitfd *wait);

/* Moves all jobs, bottom first, on until all are done. On failure the rest is given up. */
int jobs_run(struct job *jobs, size_t n, const struct job_context *c, struct err *err);
