/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages between the fetcher and the broker of a pull (base/channel.h), as broker-client.c and broker.c
 * know them. Each request comes with one end of a channel of its own, on which it is answered:
 *
 *	BROKER_UNPACK		<- UNPACK_STARTED with the pipe to write to
 *				<- UNPACK_EXITED, when the unpacker has exited
 *				-> UNPACK_PUBLISH, when the digest of the blob is right
 *				<- BROKER_ANSWER
 *	BROKER_CREDENTIALS	<- BROKER_ANSWER with user, password and token, each with its NUL, "" for none
 *	BROKER_ADDRESSES	<- BROKER_ANSWER with the addresses, with a NUL
 *
 * or an error at any of these points. If the fetcher closes the channel, the request is canceled, and the
 * unpacked files are removed.
 */

#include <stdint.h>

#include "oci/digest.h"

/* To the broker. BROKER_ADDRESSES holds the name of the host, with its NUL. */
enum { BROKER_UNPACK = 1, BROKER_CREDENTIALS, BROKER_ADDRESSES };

/* On the channel of a request. */
enum { UNPACK_STARTED = 1, UNPACK_EXITED, UNPACK_PUBLISH, BROKER_ANSWER };

/*
 * BROKER_UNPACK. The diff ids of the image's layers follow, from the lowest one to the one to unpack, as struct
 * digest. There is no chain id in it: a fetcher that was taken over must not name the published layer.
 */
struct unpack_request {
	uint64_t size; /* of the compressed blob */
};
#define UNPACK_LAYERS_MAX 512 /* more layers than overlayfs mounts */
