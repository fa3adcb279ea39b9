/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One HTTP exchange at a time per request, any number of requests side by side, in one thread:
 * libcurl's multi interface. It follows no redirect, sends no credentials but those it is given,
 * reads no netrc, and bounds everything: what is connected to, how long, how much.
 *
 * Names are resolved by resolve.h, not by libcurl: an address is judged before it is connected to, so
 * that a name can't change its mind in between.
 */

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "registry/resolve.h"
#include "registry/url.h"

struct http;

/*
 * Takes the body of a 200 or 206. 0 when all is taken; -EAGAIN when nothing is, and the transfer
 * stops until http_resume(); another -errno ends it.
 */
typedef int (*http_sink)(void *userdata, const char *bytes, size_t size);

struct http_request {
	/* The caller's: set before http_begin(), valid until http_end(). */
	const char *url;
	const char *accept;	   /* the Accept header's value, or NULL */
	const char *authorization; /* the Authorization header's value, or NULL */
	const char *form;	   /* POST this, url-encoded; NULL: GET */
	uint64_t offset;	   /* ask for the bytes from here on */
	uint64_t limit;		   /* of body bytes, counted from the start of the resource */
	uint64_t exact;		   /* size of the whole resource when it is known, else 0 */
	http_sink sink;		   /* NULL: the body is collected in `body` */
	void *userdata;
	unsigned int deadline_s; /* for the whole exchange; 0: only a minimal speed */
	bool insecure;		 /* don't verify TLS: the user said so */
	bool guarded;		 /* refuse addresses nearer than `guard` */
	enum address_class guard;

	/* The result, once `done`. */
	bool done;
	int status;	    /* HTTP's, 0 when there was no answer */
	CURLcode curl_code; /* how the transfer ended */
	struct masu_error
		failure;    /* set when it was ended here: too much, the wrong size, the sink's */
	struct strbuf body; /* of any status, without a sink or if the status is not 200 or 206 */
	enum address_class reached; /* the kind of the address that was resolved */

	/* http.c's own. */
	CURL *easy;
	struct curl_slist *headers, *resolved;
	struct strbuf received; /* the last answer's headers, a line each */
	uint64_t skip, taken;
	bool started;
	char message[CURL_ERROR_SIZE];
};

/* A transfer slower than a byte a second for `stall_s` seconds fails. Names are looked up by `addresses`. */
int http_new(unsigned int stall_s, addresses_fn *addresses, void *arg, struct http **ret,
	     struct masu_error *err);
void http_free(struct http *http);
static inline void http_freep(struct http **http)
{
	http_free(*http);
}
#define _cleanup_http_ _cleanup_(http_freep)

/* Starts it. ERR_UNAVAILABLE for a name that doesn't resolve, ERR_DENIED for a guarded address. */
int http_begin(struct http *http, struct http_request *request, struct masu_error *err);

/* Ends it in any state and releases what it holds; the caller's part stays. */
void http_end(struct http *http, struct http_request *request);

/* Goes on with a request whose sink said -EAGAIN. */
void http_resume(struct http_request *request);

/*
 * Moves all requests on as far as they go without waiting. 1 when one has come to its end, else 0.
 * What is to be waited for besides is known only afterwards: a sink may have become full.
 */
int http_perform(struct http *http, struct masu_error *err);

/* Waits at most that long for the requests or for `extra`. */
int http_poll(struct http *http, struct curl_waitfd *extra, unsigned int n_extra, int timeout_ms,
	      struct masu_error *err);

/* Both, for who waits for nothing else. */
int http_step(struct http *http, int timeout_ms, struct masu_error *err);

/* Until this request is done, moving the others on too. */
int http_wait(struct http *http, struct http_request *request, struct masu_error *err);

/*
 * The n-th header of that name (lower case) of the answer, as a copy without blanks around it;
 * NULL when there is none, or no memory.
 */
char *http_header(const struct http_request *request, const char *name, size_t n);

/* Did it fail in a way that trying again may mend? */
bool http_may_retry(const struct http_request *request);

/* What went wrong with a request that has no usable answer. Returns -errno. */
int http_failure(const struct http_request *request, struct masu_error *err);
