/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the fetcher of a pull has done by others (keeper.h). `orders` is its channel to the keeper. Each
 * order has a line of its own, a channel to who does it:
 *
 *	unpack		<- BEGUN with the pipe to write to, once the unpacker runs
 *			<- ENDED once it has ended
 *			-> PUBLISH when the blob's digest is right
 *			<- DONE
 *	credentials	<- DONE with them
 *	addresses	<- DONE with them
 *
 * or an error at any of these points. A line that closes ends the order: what is unpacked then
 * goes.
 */

#include "base/err.h"
#include "unpack/unpack.h"

/* Of how many layers a fetcher may have the order open. */
#define ORDER_LAYERS_MAX 6

struct credentials;
struct order;

/* unpack_begin(), done by the keeper. */
int order_unpack(int orders, const struct unpack_layer *layer, struct order **ret, struct err *err);

/* As unpack_fd(), unpack_end(), unpack_wait_fd() and unpack_finish(). */
int order_fd(const struct order *o);
void order_end(struct order *o);
int order_wait_fd(const struct order *o);
int order_finish(struct order *o, struct err *err);

/* Gives up what isn't finished, without waiting for that. Takes NULL. */
void order_free(struct order *o);

/* credentials_find() for the registry of this pull. */
int order_credentials(int orders, struct credentials *ret, struct err *err);

/* resolve_name(), done by the resolver. */
int order_addresses(int orders, const char *host, char **ret, struct err *err);
