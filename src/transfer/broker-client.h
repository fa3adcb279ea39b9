/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests of the fetcher of a pull to its broker (broker.h). `broker` is the channel to it.
 *
 * Each request has one end of a channel of its own, for its answers:
 *
 *	BROKER_UNPACK		<- UNPACK_STARTED with the pipe to write to
 *				<- UNPACK_EXITED, when the unpacker has exited
 *				-> UNPACK_PUBLISH, if the digest of the blob is right
 *				<- BROKER_ANSWER
 *	BROKER_CREDENTIALS	<- BROKER_ANSWER with user, password and token, each with its NUL; "" stands for none
 *	BROKER_ADDRESSES	<- BROKER_ANSWER with the addresses, with a NUL
 *
 * or an error at any of these points. If the fetcher closes the channel, the request is canceled, and the unpacked files
 * are removed.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"

/* The number of layers that a fetcher may have unpacked at once. */
#define BROKER_UNPACKS_MAX 6

struct credentials;

/* An unpacker that the broker runs: see unpack/unpack.h. */
struct remote_unpack {
	int channel; /* polls as readable when unpack_finish() would not wait */
	int pipe;    /* for the compressed bytes; the fetcher closes it at their end */
};

/* unpack_begin() by the broker: unpacks the last of these `n` diff ids of an image, upon the others. */
int remote_unpack_begin(int broker, const struct digest *diffs, size_t n, uint64_t size,
			struct remote_unpack **ret, struct masu_error *err);

/* unpack_finish() by the broker. */
int remote_unpack_finish(struct remote_unpack *u, struct masu_error *err);

/* Cancels an unpacking that is not finished, without waiting for it. Takes NULL. */
void remote_unpack_free(struct remote_unpack *u);

/* credentials_find() for the registry of this pull. */
int broker_credentials(int broker, struct credentials *ret, struct masu_error *err);

/* resolve_name() by the resolver. The caller frees the result. */
int broker_addresses(int broker, const char *host, char **ret, struct masu_error *err);

/* Messages to the broker. BROKER_ADDRESSES holds the name of the host, with its NUL. */
enum { BROKER_UNPACK = 1, BROKER_CREDENTIALS, BROKER_ADDRESSES };

/* Messages on the channel of a request. */
enum { UNPACK_STARTED = 1, UNPACK_EXITED, UNPACK_PUBLISH, BROKER_ANSWER };

/*
 * BROKER_UNPACK. The diff ids of the image's layers follow, from the lowest one to the one to unpack, as struct
 * digest. The request has no chain id: a fetcher that was taken over must not choose the name of the published layer.
 */
struct unpack_request {
	uint64_t size; /* of the compressed blob */
};
#define UNPACK_LAYERS_MAX 512 /* more layers than overlayfs mounts */
