/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "registry/certificates.h"
#include "registry/http-answer.h"

#define CONNECT_TIMEOUT_S 20L
#define BUFFER_SIZE	  (256 * 1024L)
#define USER_AGENT	  "masu/" MASU_VERSION

struct http {
	CURLM *multi;
	unsigned int stall_s;
	struct resolve resolve;
};

int http_new(unsigned int stall_s, addresses_fn *addresses, void *arg, struct http **ret,
	     struct masu_error *err)
{
	_cleanup_http_ struct http *http = calloc(1, sizeof(*http));

	if (!http || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_oom(err);
	http->multi = curl_multi_init();
	if (!http->multi)
		return err_oom(err);
	http->stall_s = stall_s;
	http->resolve.addresses = addresses;
	http->resolve.arg = arg;
	*ret = TAKE_PTR(http);
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	(void)curl_multi_cleanup(http->multi); /* fails only for handles that are still added */
	resolve_done(&http->resolve);
	free(http);
	curl_global_cleanup();
}

/* The proxy that libcurl will use, by the variables that it reads. */
static const char *proxy_of(const struct origin *o)
{
	static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
	const char *const *names = o->https ? https : http;
	size_t n = o->https ? ARRAY_SIZE(https) : ARRAY_SIZE(http);

	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

/* Sets the addresses of the host for libcurl, and their kind. */
static int resolve(struct http *http, const struct origin *o, struct http_request *request,
		   struct masu_error *err)
{
	_cleanup_free_ char *entry = NULL;
	int r = resolve_origin(&http->resolve, o, &entry, &request->reached, err);

	if (r < 0)
		return r;
	struct curl_slist *more = curl_slist_append(request->resolved, entry);
	if (!more)
		return err_oom(err);
	request->resolved = more;
	return 0;
}

static int resolve_all(struct http *http, struct http_request *request, struct masu_error *err)
{
	_cleanup_origin_ struct origin o = {0}, via = {0};
	int r = url_origin(request->url, &o, err);

	if (r < 0)
		return r;
	const char *proxy = proxy_of(&o);
	if (proxy && url_origin(proxy, &via, NULL) == 0) {
		r = resolve(http, &via, request, err);
		if (r < 0)
			return err_prefix(err, "proxy");
	}
	r = resolve(http, &o, request, err);
	if (r < 0 && via.host)
		return 0; /* only the proxy may know the name */
	if (r < 0)
		return r;
	if (request->guarded && request->reached > request->guard)
		return err_set(err, ERR_DENIED, EACCES,
			       "'%s' leads to an address inside this machine or its network",
			       o.host);
	return 0;
}

static int add_header(struct http_request *request, const char *name, const char *value)
{
	_cleanup_free_ char *line = NULL;

	line = str_printf("%s: %s", name, value);
	if (!line)
		return -ENOMEM;
	struct curl_slist *more = curl_slist_append(request->headers, line);
	if (!more)
		return -ENOMEM;
	request->headers = more;
	return 0;
}

/* libcurl's read callback: the body of the request. */
static size_t on_source(char *bytes, size_t size, size_t n, void *userdata)
{
	struct http_request *request = userdata;
	uint64_t left = request->source_size - request->sent;
	size_t room = MIN(size * n, left);
	ssize_t got = room ? request->source(request->source_userdata, bytes, room) : 0;

	if (got < 0 || (got == 0 && room > 0)) {
		if (!request->failure.code)
			(void)err_sys(&request->failure, got < 0 ? (int)got : EBADMSG,
				      "read the bytes to send");
		return CURL_READFUNC_ABORT;
	}
	request->sent += (uint64_t)got;
	return (size_t)got;
}

/* For a method of its own: HEAD, or one with a body. */
static void set_method(struct http_request *request)
{
	CURL *easy = request->easy;

	if (streq(request->method, "HEAD")) {
		(void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (!streq(request->method, "GET")) {
		(void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_source);
		(void)curl_easy_setopt(easy, CURLOPT_READDATA, request);
		(void)curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
				       (curl_off_t)request->source_size);
	}
	(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static int set_headers(struct http_request *request)
{
	char range[64];

	if (request->content_type && add_header(request, "Content-Type", request->content_type) < 0)
		return -ENOMEM;
	if (request->content_range &&
	    add_header(request, "Content-Range", request->content_range) < 0)
		return -ENOMEM;
	if (request->accept && add_header(request, "Accept", request->accept) < 0)
		return -ENOMEM;
	if (request->authorization &&
	    add_header(request, "Authorization", request->authorization) < 0)
		return -ENOMEM;
	if (!request->offset)
		return 0;
	(void)snprintf(range, sizeof(range), "bytes=%" PRIu64 "-", request->offset);
	return add_header(request, "Range", range);
}

/* libcurl copies nothing: the texts stay until the request ends. */
static void set_blob(CURL *easy, CURLoption option, char *text)
{
	struct curl_blob blob = {.data = text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};

	(void)curl_easy_setopt(easy, option, &blob);
}

static void set_certificates(const struct http_request *request)
{
	const struct certificates *c = request->certificates;

	if (c && c->authorities)
		set_blob(request->easy, CURLOPT_CAINFO_BLOB, c->authorities);
	if (!c || !c->certificate || !request->shows_certificate)
		return;
	set_blob(request->easy, CURLOPT_SSLCERT_BLOB, c->certificate);
	set_blob(request->easy, CURLOPT_SSLKEY_BLOB, c->key);
}

static void set_options(struct http *http, struct http_request *request)
{
	CURL *easy = request->easy;
	long verify = !request->insecure;

	/* This libcurl has all of these options. Setting them fails only without memory or for a malformed URL, which
	 * libcurl then reports at the start of the transfer. */
#define SET(option, value) ((void)curl_easy_setopt(easy, option, value))
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, request->headers);
	if (request->form)
		SET(CURLOPT_POSTFIELDS, request->form);
	if (request->method)
		set_method(request);
	set_certificates(request);
	SET(CURLOPT_RESOLVE, request->resolved);
	SET(CURLOPT_USERAGENT, USER_AGENT);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_BUFFERSIZE, BUFFER_SIZE);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)http->stall_s * MAX((long)request->stall_factor, 1L));
	SET(CURLOPT_TIMEOUT, (long)request->deadline_s);
	SET(CURLOPT_SSL_VERIFYPEER, verify);
	SET(CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_ERRORBUFFER, request->message);
	SET(CURLOPT_HEADERFUNCTION, http_answer_take_header);
	SET(CURLOPT_HEADERDATA, request);
	SET(CURLOPT_WRITEFUNCTION, http_answer_take_body);
	SET(CURLOPT_WRITEDATA, request);
	SET(CURLOPT_PRIVATE, request);
#undef SET
}

int http_begin(struct http *http, struct http_request *request, struct masu_error *err)
{
	int r = resolve_all(http, request, err);

	if (r >= 0 && (set_headers(request) < 0 || !(request->easy = curl_easy_init())))
		r = err_oom(err);
	if (r >= 0) {
		set_options(http, request);
		if (curl_multi_add_handle(http->multi, request->easy) != CURLM_OK)
			r = err_oom(err);
	}
	if (r < 0)
		http_end(http, request);
	return r;
}

void http_end(struct http *http, struct http_request *request)
{
	if (request->easy) {
		(void)curl_multi_remove_handle(http->multi, request->easy); /* or was never added */
		curl_easy_cleanup(request->easy);
	}
	curl_slist_free_all(request->headers);
	curl_slist_free_all(request->resolved);
	strbuf_done(&request->received);
	strbuf_done(&request->body);
	err_done(&request->failure);
	request->easy = NULL;
	request->headers = request->resolved = NULL;
	request->done = request->started = false;
	request->status = 0;
	request->skip = request->taken = request->sent = 0;
	request->curl_code = CURLE_OK;
	*request->message = 0;
}

void http_resume(struct http_request *request)
{
	if (request->easy && !request->done)
		(void)curl_easy_pause(request->easy,
				      CURLPAUSE_CONT); /* a failure shows at its end */
}

static void finish(struct http_request *request, CURLcode code)
{
	long status = 0;

	(void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	/* A body of no bytes has not been checked yet. */
	if (code == CURLE_OK && !request->started)
		(void)http_answer_start(request);
	request->status = (int)status;
	request->curl_code = code;
	request->done = true;
}

static int failed(CURLMcode code, struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EIO, "libcurl: %s", curl_multi_strerror(code));
}

int http_perform(struct http *http, struct masu_error *err)
{
	int running, queued, ended = 0;
	CURLMcode code = curl_multi_perform(http->multi, &running);

	for (CURLMsg *m; (m = curl_multi_info_read(http->multi, &queued));) {
		void *request = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &request);
		finish(request, m->data.result);
		ended = 1;
	}
	return code == CURLM_OK ? ended : failed(code, err);
}

int http_poll(struct http *http, struct curl_waitfd *extra, unsigned int n_extra, int timeout_ms,
	      struct masu_error *err)
{
	CURLMcode code = curl_multi_poll(http->multi, extra, n_extra, timeout_ms, NULL);

	return code == CURLM_OK ? 0 : failed(code, err);
}

int http_step(struct http *http, int timeout_ms, struct masu_error *err)
{
	int r = http_perform(http, err);

	return r < 0 ? r : http_poll(http, NULL, 0, r > 0 ? 0 : timeout_ms, err);
}

int http_wait(struct http *http, struct http_request *request, struct masu_error *err)
{
	while (!request->done) {
		int r = http_step(http, 1000, err);

		if (r < 0)
			return r;
	}
	return 0;
}
