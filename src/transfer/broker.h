/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes of a pull, and the trust in each.
 *
 *	broker		masu-image itself. Has the store and the id map, starts the unpackers and publishes
 *	|		their layers under chain ids that it computes. It reads nothing from the network, and
 *	|		never has a password in its memory, so that its clones have none.
 *	+- fetcher	Talks to the registry: TLS, HTTP, JSON, hashes; writes blobs. It cannot gain privileges
 *	|		by a setuid program, execute one, be attached to, or write outside the image directory
 *	|		(sandbox_fetcher()). It asks the broker for all else (broker-client.h).
 *	+- unpackers	One for each layer, with two processes that read it (unpack-child.h).
 *	+- resolver	Looks up one name for the fetcher, as the name services of the host define it. It may
 *	|		connect to Unix sockets, which the fetcher may not, and write nothing
 *	|		(sandbox_resolver()).
 *	+- finder	Finds the credentials for the registry of this pull when the fetcher asks, if need be by
 *			a helper program, and sends them to the fetcher alone.
 *
 * So a hostile archive takes over no process that was near a password, and a hostile server can ask for the
 * credentials of one registry, and for layers to be unpacked. All die with the broker.
 */

#include <stdint.h>

#include "base/err.h"

struct idmap;
struct paths;

struct broker_options {
	const struct paths *paths;
	const struct idmap *map; /* of the layers; NULL: the fetcher may have none unpacked */
	const char *
		image; /* by the user's name: the fetcher may get the credentials of its registry; NULL: none */
	const char *authfile;	 /* or NULL */
	uint64_t layer_size_max; /* bytes of an unpacked layer; 0: the default */
};

/* `broker` is the channel for broker-client.h. */
typedef int (*fetcher_fn)(void *arg, int broker, struct masu_error *err);

/*
 * Runs `fn` as the fetcher, and serves its requests until it exits. Returns the result of `fn`. No process of the
 * pull is left then. The caller has one thread and ignores SIGPIPE.
 */
int broker_run(const struct broker_options *options, fetcher_fn fn, void *arg,
	       struct masu_error *err);
