/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The push of one blob, by the OCI distribution specification. A step never blocks: push.c runs many in one thread.
 *
 *	WAITING	  for its turn
 *	ASKING	  HEAD: the registry may have the blob
 *	OPENING	  POST: opens an upload, or mounts the blob from another repository of the registry
 *	SENDING	  PUT with all bytes; or PATCH with a part of them, if the registry has the others, or it or a proxy refuses
 *		  so many at once
 *	CLOSING	  PUT without bytes, after the last PATCH
 *	RESUMING  GET: how many bytes the upload has, after a connection broke. If it is lost, a new one is opened.
 *	DONE	  the registry has the blob
 *
 * The bytes are summed while they are sent, and the last ones are only sent if the digest is right. So a damaged
 * blob of the store is not pushed.
 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "image/layout.h"
#include "registry/registry.h"
#include "transfer/progress.h"

/* Shared by all blobs of a push; it outlives them. */
struct blob_push_context {
	struct registry *registry;
	const struct layout *store;
	struct progress *progress;
};

enum blob_push_state {
	BLOB_WAITING,
	BLOB_ASKING,
	BLOB_OPENING,
	BLOB_SENDING,
	BLOB_CLOSING,
	BLOB_RESUMING,
	BLOB_DONE,
	BLOB_STATE_MAX
};

/* The bytes of a blob on their way. */
struct blob_file {
	int fd;
	const struct image_descriptor *blob;
	uint64_t first, position; /* of the part that is sent; the next byte */
	EVP_MD_CTX *sum;	  /* of the first `summed` bytes, or NULL */
	uint64_t summed;
	bool damaged;
};

struct blob_push {
	const struct image_descriptor *blob;
	const char *from; /* the repository to mount it from, or NULL */
	size_t number;	  /* its line of progress */
	bool silent;	  /* it has none */

	enum blob_push_state state;
	struct blob_file file;
	struct exchange exchange;
	struct upload upload;
	char range[64]; /* of Content-Range */
	char *what, *session;
	uint64_t has, end; /* bytes that the registry has, and will have after this part */
	uint64_t most;	   /* bytes that any upload of it had */
	uint64_t part;	   /* bytes of a PATCH at most; 0: all at once */
	uint64_t part_min; /* and at least, as the registry demands */
	unsigned int failures;
	int64_t wait_until_ms; /* monotonic; 0: under way */
};

#define BLOB_PUSH_INIT ((struct blob_push){.file.fd = -1})

void blob_push_done(struct blob_push *p);

/* Advances one blob as far as possible without waiting. 1 if it has advanced, 0 if not, or -errno. */
int blob_push_step(struct blob_push *p, const struct blob_push_context *c, struct masu_error *err);
