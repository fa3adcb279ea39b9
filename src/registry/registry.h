/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One repository of one registry, by the OCI distribution specification 1.1. A reference with an empty path stands for the
 * registry itself, to log in.
 *
 * masu sends no ping: the 401 answer to the first request tells how to log in. A registry is not trusted:
 *  - credentials and tokens are sent to the registry's own origin (scheme, host and port) alone, not after a redirect to
 *    another one; name and password also to the token server that the registry names;
 *  - masu uses https for the token server, or http if it is the registry's own host and that is reached by http. Another
 *    host must not have an address of this machine or its link, nor one of a private network if the registry is public;
 *  - a client certificate is shown to the registry's origin alone; the authorities of its directory are trusted for all hosts
 *    that a request to this registry leads to;
 *  - a redirect from https to http is refused; http is used for loopback and for hosts that the user has listed;
 *  - the bytes of an image are sent to another host only if that fulfills the same conditions as a token server;
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
	const struct certificates *certificates; /* or NULL */
	bool push;				 /* tokens are for "pull,push", else for "pull" */
	char *const *mountable; /* paths of further repositories to pull from; or NULL */
};

/* The objects in `options` must outlive it. It does not connect yet. */
int registry_new(const struct registry_options *options, struct registry **ret,
		 struct masu_error *err);
void registry_free(struct registry *registry);
DEFINE_FREEP(registry)
#define _cleanup_registry_ _cleanup_(registry_freep)

const struct registry_settings *registry_settings_of(const struct registry *registry);

/* The reference of its options. */
const struct reference *registry_reference(const struct registry *registry);

/* A request that logs in, follows redirects, and is repeated after a failure that may pass. A GET continues at its offset. */
struct exchange {
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

	/* For a push. */
	const char *
		method; /* NULL: GET, which is done with status 200 or 206; others with any of 200 to 206 */
	const struct upload *upload; /* the body; or NULL */
	bool once;		     /* a failure that may pass is an error with `may_retry` */

	/* Private; `request` has the answer when exchange_step() has returned 1, its status also after an error. */
	struct http_request request;
	char *path, *url, *authorization;
	bool is_url; /* `path` is a whole URL */
	bool https;  /* the scheme of the registry when it was begun */
	bool may_retry;
	unsigned int redirects, logins, tries;
	int64_t wait_until_ms; /* monotonic; 0: under way */
};

/* The body of a request. */
struct upload {
	const char *type;  /* of the content */
	const char *range; /* the value of Content-Range, or NULL */
	uint64_t size;
	http_source source;	       /* gives these bytes */
	int (*rewind)(void *userdata); /* before they are sent, and sent again: 0 or -errno */
	void *userdata;
};

/* `path` is below /v2/NAME/: "manifests/latest", "blobs/sha256:...". The fields above are set. */
int exchange_begin(struct exchange *t, const char *path, struct masu_error *err);

/* The same for a URL that the registry has given. */
int exchange_begin_at(struct exchange *t, const char *url, struct masu_error *err);

/*
 * The absolute URL of the answer's Location, and `query` added to it if it is not NULL. EBADMSG if it is missing; EACCES if
 * it leads from https to http.
 */
int exchange_location(const struct exchange *t, const char *query, char **ret,
		      struct masu_error *err);

/* Called after http_step() or http_perform(): 1 if the whole answer has arrived, 0 if not, or -errno. */
int exchange_step(struct exchange *t, struct masu_error *err);

/* Waits until it is done. */
int exchange_wait(struct exchange *t, struct masu_error *err);

void exchange_end(struct exchange *t);
#define _cleanup_exchange_ _cleanup_(exchange_end)
