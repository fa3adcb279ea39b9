/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One repository of one registry, by the distribution protocol (version 2), read only.
 *
 * There is no ping: the first request is the one wanted, and its 401 says how to log in. What a
 * registry can make masu do is bounded:
 *  - credentials and tokens go to the registry's own origin (scheme, host and port) alone, never after a
 *    redirect to another; the name and password also to the token server that the registry names;
 *  - the token server is spoken to by https, or by http when it is the registry's own host that is spoken to by
 *    http; unless it is that host, it must not be at an address of this machine or its link, nor
 *    of a private network when the registry is public;
 *  - https never becomes http on the way; http is spoken to loopback and to what the user listed;
 *  - a descriptor's `urls` are not followed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "image/reference.h"
#include "registry/credentials.h"
#include "registry/http.h"
#include "registry/settings.h"

struct registry;

struct registry_options {
	struct http *http;
	const struct registry_settings *settings;
	const struct reference *reference;
	/* Finds the credentials for the registry; called when it asks for them. */
	int (*credentials)(void *arg, struct credentials *ret, struct masu_error *err);
	void *arg;
};

/* All in `options` must outlive it. Connects to nothing yet. */
int registry_new(const struct registry_options *options, struct registry **ret,
		 struct masu_error *err);
void registry_free(struct registry *registry);
static inline void registry_freep(struct registry **registry)
{
	registry_free(*registry);
}
#define _cleanup_registry_ _cleanup_(registry_freep)

/* What it was made for. */
const struct reference *registry_reference(const struct registry *registry);

/* A GET that logs in, follows redirects, and tries again after a dropped connection. */
struct download {
	/* The caller's. */
	struct registry *registry;
	const char *what;   /* for messages: "manifest of 'x'", "layer sha256:..." */
	const char *accept; /* or NULL */
	uint64_t limit;	    /* bytes at most */
	uint64_t exact;	    /* bytes of the whole, when known */
	uint64_t offset;    /* of the whole: what the caller has already */
	http_sink sink;
	void *userdata;
	unsigned int deadline_s;

	/* Its own; `request` has the answer once download_step() said 1. */
	struct http_request request;
	char *path, *url, *authorization;
	unsigned int redirects, logins, tries;
	int64_t wait_until_ms; /* monotonic; 0: under way */
};

/* `path` is below /v2/NAME/: "manifests/latest", "blobs/sha256:...". The fields above are set. */
int download_begin(struct download *t, const char *path, struct masu_error *err);

/* After http_step() or http_perform(): 1 when the whole answer is there (200 or 206), 0 to go on, or -errno. */
int download_step(struct download *t, struct masu_error *err);

/* Until it is done. */
int download_wait(struct download *t, struct masu_error *err);

void download_end(struct download *t);
#define _cleanup_download_ _cleanup_(download_end)
