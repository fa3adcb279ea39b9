/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One repository of one registry, by the distribution protocol (version 2), read only. A reference with an empty path
 * stands for the registry itself, to log in.
 *
 * masu sends no ping: the 401 answer to the first request tells how to log in. A registry is not trusted:
 *  - credentials and tokens are sent to the registry's own origin (scheme, host and port) alone, not after a redirect to
 *    another one; name and password also to the token server that the registry names;
 *  - masu uses https for the token server, or http if it is the registry's own host and that is reached by http. Another
 *    host must not have an address of this machine or its link, nor one of a private network if the registry is public;
 *  - a redirect from https to http is refused; http is used for loopback and for hosts that the user has listed;
 *  - the `urls` of a descriptor are ignored.
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
	/* Finds the credentials for the registry. Called when it asks for them. */
	int (*credentials)(void *arg, struct credentials *ret, struct masu_error *err);
	void *arg;
};

/* The objects in `options` must outlive it. It does not connect yet. */
int registry_new(const struct registry_options *options, struct registry **ret,
		 struct masu_error *err);
void registry_free(struct registry *registry);
static inline void registry_freep(struct registry **registry)
{
	registry_free(*registry);
}
#define _cleanup_registry_ _cleanup_(registry_freep)

/* The reference of its options. */
const struct reference *registry_reference(const struct registry *registry);

/* A GET that logs in, follows redirects, and tries again after a dropped connection. */
struct download {
	/* Set by the caller. */
	struct registry *registry;
	const char *what;   /* for messages: "manifest of 'x'", "layer sha256:..." */
	const char *accept; /* or NULL */
	uint64_t limit;	    /* bytes at most */
	uint64_t exact;	    /* size of the whole in bytes, if known, else 0 */
	uint64_t offset;    /* the number of bytes that the caller has already */
	http_sink sink;
	void *userdata;
	unsigned int deadline_s;

	/* Private; `request` has the answer when download_step() has returned 1. */
	struct http_request request;
	char *path, *url, *authorization;
	unsigned int redirects, logins, tries;
	int64_t wait_until_ms; /* monotonic; 0: under way */
};

/* `path` is below /v2/NAME/: "manifests/latest", "blobs/sha256:...". The fields above are set. */
int download_begin(struct download *t, const char *path, struct masu_error *err);

/* Called after http_step() or http_perform(): 1 if the whole answer has arrived (200 or 206), 0 if not, or -errno. */
int download_step(struct download *t, struct masu_error *err);

/* Waits until it is done. */
int download_wait(struct download *t, struct masu_error *err);

void download_end(struct download *t);
#define _cleanup_download_ _cleanup_(download_end)
