/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The addresses of hosts. Name services are reached by Unix sockets (nscd, systemd-resolved, Avahi), which
 * the fetcher must not connect to. So it has a name looked up by a process of its own, the resolver
 * (keeper.h), and keeps the answer for a minute: it asks for each of an image's layers.
 */

#include <stdint.h>

#include "base/err.h"
#include "registry/url.h"

/* A registry, its token server, where its blobs are, a proxy. */
#define RESOLVE_KEPT 4

/* The fetcher's side. `orders` is of order.h; all else begins as zero. */
struct resolve {
	int orders;
	struct resolve_kept {
		char *host, *addresses;
		int64_t until_ms;
	} kept[RESOLVE_KEPT];
	unsigned int next; /* the oldest */
};

void resolve_done(struct resolve *r);

/*
 * "host:port:address,address" for CURLOPT_RESOLVE, and the nearest kind of address. A host given by its
 * address is judged too. ERR_UNAVAILABLE when it has none.
 */
int resolve_origin(struct resolve *r, const struct origin *o, char **ret,
		   enum address_class *ret_nearest, struct err *err);

/* The resolver's side: "address,address" of a name. */
int resolve_name(const char *host, char **ret, struct err *err);
