/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registry that a fetcher talks to, with the credentials and certificates for it. */

#include "registry/certificates.h"
#include "registry/credentials.h"
#include "registry/registry.h"
#include "transfer/commands.h"

struct remote {
	const struct image_options *options;
	int broker; /* the channel to it (broker-client.h) */
	struct reference ref;
	struct credentials given; /* by the user, in place of those that the broker finds */
	struct certificates certificates;
	struct http *http;
	struct registry *registry; /* NULL before it is connected */
};
#define REMOTE_INIT ((struct remote){.broker = -1})

/*
 * Reads the given credentials and the certificates, so it precedes the confinement of the process. `ref` is of an image, or
 * without a path of the registry itself, and is taken over. The remote must not move in memory.
 */
int remote_init(struct remote *remote, const struct image_options *options, int broker,
		struct reference *ref, struct masu_error *err);
void remote_done(struct remote *remote);
#define _cleanup_remote_ _cleanup_(remote_done)

/* For a pull; or for a push, to which the registry may add blobs of its repositories `mountable` (NULL: none). */
int remote_connect_for_pull(struct remote *remote, struct masu_error *err);
int remote_connect_for_push(struct remote *remote, char *const *mountable, struct masu_error *err);
