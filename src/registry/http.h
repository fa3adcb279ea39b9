/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Any number of HTTP requests side by side in one thread, by libcurl's multi interface. It follows no redirect, sends only
 * the given credentials, reads no netrc, and limits addresses, times and sizes.
 *
 * resolve.h resolves names, not libcurl: an address is judged before the connection, and the name cannot get another
 * address in between.
 */

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "registry/resolve.h"
#include "registry/url.h"

struct certificates;
struct http;

/*
 * Takes the body of a 200 or 206. Returns 0 if it has taken all bytes; -EAGAIN if it has taken none, then the transfer
 * pauses until http_resume(); another -errno ends the transfer.
 */
typedef int (*http_sink)(void *userdata, const char *bytes, size_t size);

/*
 * Gives the next bytes of a request's body. Returns their number, which is 0 only at the end, or -errno, which ends the
 * transfer.
 */
typedef ssize_t (*http_source)(void *userdata, char *bytes, size_t size);

struct http_request {
	/* Set by the caller before http_begin(), valid until http_end(). */
	const char *url;
	const char *method;	   /* NULL: GET, or POST with `form` */
	const char *accept;	   /* the Accept header's value, or NULL */
	const char *authorization; /* the Authorization header's value, or NULL */
	const char *form;	   /* POST this, url-encoded; NULL: GET */
	uint64_t offset;	   /* ask for the bytes from here on */
	uint64_t limit;		   /* of body bytes, counted from the start of the resource */
	uint64_t exact;		   /* size of the whole resource if it is known, else 0 */
	http_sink sink;		   /* NULL: the body is collected in `body` */
	void *userdata;
	/* The body of a PUT, PATCH or POST: `source_size` bytes of this type. */
	const char *content_type;
	const char *content_range; /* the Content-Range header's value, or NULL */
	http_source source;	   /* NULL with a size of 0 */
	void *source_userdata;
	uint64_t source_size;
	unsigned int deadline_s;   /* for the whole exchange; 0: only a minimal speed */
	unsigned int stall_factor; /* the stall timeout is this many times as long; 0: 1 */
	bool known;		   /* the server has answered before */
	bool insecure;		   /* do not verify TLS: the user has allowed it */
	const struct certificates *certificates; /* or NULL */
	bool shows_certificate;			 /* the server may ask for that of `certificates` */
	bool guarded;				 /* refuse addresses nearer than `guard` */
	enum address_class guard;

	/* The result, once `done`. */
	bool done;
	int status;	    /* of HTTP, 0 without an answer */
	CURLcode curl_code; /* the result of the transfer */
	struct masu_error
		failure;    /* set if masu ended it: a wrong size, or a failure of the sink */
	struct strbuf body; /* of any status, without a sink or if the status is not 200 or 206 */
	enum address_class reached; /* the kind of the address that was resolved */

	/* Private to http.c and http-answer.c. */
	CURL *easy;
	struct curl_slist *headers, *resolved;
	struct strbuf received; /* the last answer's headers, a line each */
	uint64_t skip, taken, sent;
	bool started;
	char message[CURL_ERROR_SIZE];
};

/* A transfer slower than a byte a second for `stall_s` seconds fails. Names are looked up by `addresses`. */
int http_new(unsigned int stall_s, addresses_fn *addresses, void *arg, struct http **ret,
	     struct masu_error *err);
void http_free(struct http *http);
DEFINE_FREEP(http)
#define _cleanup_http_ _cleanup_(http_freep)

/* Starts a request. ERR_UNAVAILABLE if the name cannot be resolved, ERR_DENIED for a guarded address. */
int http_begin(struct http *http, struct http_request *request, struct masu_error *err);

/* Ends a request in any state and releases its memory. The caller's fields stay. */
void http_end(struct http *http, struct http_request *request);

/* Continues a request whose sink has returned -EAGAIN. */
void http_resume(struct http_request *request);

/*
 * Advances all requests as far as possible without waiting. Returns 1 if one has ended, else 0. The caller must choose the
 * descriptors for http_poll() afterwards: a sink may have become full.
 */
int http_perform(struct http *http, struct masu_error *err);

/* Waits for the requests or for `extra`, at most `timeout_ms`. */
int http_poll(struct http *http, struct curl_waitfd *extra, unsigned int n_extra, int timeout_ms,
	      struct masu_error *err);

/* Both, for a caller without other descriptors. */
int http_step(struct http *http, int timeout_ms, struct masu_error *err);

/* Waits until this request is done, and advances the others meanwhile. */
int http_wait(struct http *http, struct http_request *request, struct masu_error *err);
