/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests of the fetcher of a pull to its broker (broker.h). `broker` is the channel to it. An unpacker that the
 * broker runs is used like one of unpack/unpack.h.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oci/digest.h"

/* The number of layers that a fetcher may have unpacked at once. */
#define BROKER_UNPACKS_MAX 6

struct credentials;
struct remote_unpack;

/* unpack_begin() by the broker: of the last of these `n` diff ids of an image, upon the others. */
int remote_unpack_begin(int broker, const struct digest *diffs, size_t n, uint64_t size,
			struct remote_unpack **ret, struct masu_error *err);

/* As unpack_fd(), unpack_end(), unpack_wait_fd() and unpack_finish(). */
int remote_unpack_fd(const struct remote_unpack *u);
void remote_unpack_end(struct remote_unpack *u);
int remote_unpack_wait_fd(const struct remote_unpack *u);
int remote_unpack_finish(struct remote_unpack *u, struct masu_error *err);

/* Cancels an unpacking that is not finished, without waiting for it. Takes NULL. */
void remote_unpack_free(struct remote_unpack *u);

/* credentials_find() for the registry of this pull. */
int broker_credentials(int broker, struct credentials *ret, struct masu_error *err);

/* resolve_name() by the resolver. The caller frees the result. */
int broker_addresses(int broker, const char *host, char **ret, struct masu_error *err);
