/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The addresses of hosts. Name services use Unix sockets (nscd, systemd-resolved, Avahi), to which the process
 * that talks to a registry must not connect. So another process, the resolver, looks up a name for it
 * (transfer/broker.h). It keeps an answer for a minute, as it asks again for each layer of an image.
 */

#include <stdint.h>

#include "base/err.h"
#include "registry/url.h"

/* A registry, its token server, the server of its blobs, a proxy. */
#define RESOLVE_KEPT 4

/* Returns "address,address" of a host, which the caller frees. It calls resolve_name() in the resolver. */
typedef int addresses_fn(void *arg, const char *host, char **ret, struct masu_error *err);

/* The fetcher's side. */
struct resolve {
	addresses_fn *addresses;
	void *arg;
	struct resolve_kept {
		char *host, *addresses;
		int64_t until_ms;
	} kept[RESOLVE_KEPT];
	unsigned int next; /* the oldest */
};

void resolve_done(struct resolve *r);

/*
 * "host:port:address,address" for CURLOPT_RESOLVE, and the nearest kind of its addresses. The host may be an address.
 * ERR_UNAVAILABLE if it has none.
 */
int resolve_origin(struct resolve *r, const struct origin *o, char **ret,
		   enum address_class *ret_nearest, struct masu_error *err);

/* The resolver's side: "address,address" of a name. */
int resolve_name(const char *host, char **ret, struct masu_error *err);
