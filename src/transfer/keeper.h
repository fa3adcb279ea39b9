/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes of a pull, and what each is trusted with.
 *
 *	keeper		masu-image itself. Has the store and the id map, starts unpackers and publishes
 *	|		what they made; reads nothing of the network's, and never has a password in
 *	|		its memory, so that what it clones has none.
 *	+- fetcher	Talks to the registry: TLS, HTTP, JSON, hashes; writes blobs. Cannot become
 *	|		root by a setuid program or execute any, be attached to, or write outside
 *	|		the image directory (sandbox_fetcher()). Has its work done by orders (order.h).
 *	+- unpackers	One for each layer, with two processes that read it (unpack-child.h).
 *	+- resolver	Looks one name up for the fetcher, as the host's name services want it: may connect to
 *	|		Unix sockets, which the fetcher may not, and write nothing (sandbox_resolver()).
 *	+- clerk	Finds the credentials of this pull's registry when the fetcher asks, by a helper
 *			program if need be, and tells them to the fetcher alone.
 *
 * So what a stranger's archive can take over was never near a password, and what a stranger's
 * server can take over can ask for one registry's credentials, and for layers to be unpacked. All
 * die with the keeper.
 */

#include <stdint.h>

#include "base/err.h"

struct idmap;
struct paths;

struct keeper {
	const struct paths *paths;
	const struct idmap *map;
	const char *image;    /* what the user named: its registry's credentials may be asked for */
	const char *authfile; /* or NULL */
	uint64_t layer_size_max; /* of what a layer unpacks to */
};

/* `orders` is a channel for order.h. */
typedef int (*fetcher_fn)(void *arg, int orders, struct err *err);

/*
 * Runs `fn` as the fetcher, and does what it orders until it ends; returns what it returned. By then
 * all else of it has ended, too. The caller is single-threaded and ignores SIGPIPE.
 */
int keeper_run(const struct keeper *k, fetcher_fn fn, void *arg, struct err *err);
