/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "registry/answer.h"
#include "registry/credentials.h"
#include "registry/http-answer.h"
#include "registry/registry-login.h"

#define HUB_HOST      "registry-1.docker.io"
#define REDIRECTS_MAX 5
#define LOGINS_MAX    2 /* the first, and one more if a token has expired meanwhile */
/* A registry may verify and store the bytes before it answers. */
#define UPLOAD_STALL_FACTOR 10

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	origin_done(&registry->origin);
	credentials_wipe(&registry->authorization);
	free(registry);
}

const struct registry_settings *registry_settings_of(const struct registry *registry)
{
	return registry->options.settings;
}

const struct reference *registry_reference(const struct registry *registry)
{
	return registry->options.reference;
}

int registry_new(const struct registry_options *options, struct registry **ret,
		 struct masu_error *err)
{
	_cleanup_registry_ struct registry *registry = calloc(1, sizeof(*registry));
	_cleanup_free_ char *url = NULL;
	const char *domain = options->reference->domain;

	if (streq(domain, REFERENCE_DEFAULT_DOMAIN))
		domain = HUB_HOST;
	url = str_printf("https://%s/", domain);
	if (!registry || !url)
		return err_oom(err);
	registry->options = *options;
	int r = url_origin(url, &registry->origin, err);
	if (r < 0)
		return r;
	/* Most registries on loopback speak plain http. A TLS server answers it with an error. */
	registry->origin.https = !host_is_loopback(registry->origin.host);
	if (!strpbrk(domain, ":") && !registry->origin.https)
		registry->origin.port = 80;
	*ret = TAKE_PTR(registry);
	return 0;
}

/* The bytes of an image go to the registry, or to a host that is judged as a token server is. */
static int set_upload(struct exchange *t, const struct origin *o, struct masu_error *err)
{
	const struct upload *u = t->upload;
	int r = u->rewind ? u->rewind(u->userdata) : 0;

	if (r < 0)
		return err_sys(err, r, "read the %s", t->what);
	t->request.content_type = u->type;
	t->request.content_range = u->range;
	t->request.source = u->source;
	t->request.source_userdata = u->userdata;
	t->request.source_size = u->size;
	t->request.stall_factor = UPLOAD_STALL_FACTOR;
	registry_guard(t->registry, o, &t->request);
	return 0;
}

/* Starts an exchange with t->url. */
static int start(struct exchange *t, struct masu_error *err)
{
	struct registry *registry = t->registry;
	_cleanup_origin_ struct origin o = {0};
	int r = url_origin(t->url, &o, err);

	if (r < 0)
		return r;
	if (!o.https && !registry_settings_allow_http(registry->options.settings, &o)) {
		(void)err_set(err, ERR_DENIED, EACCES, "'%s' is not reached by https", o.host);
		return err_hint(
			err,
			"write 'insecure = %s' into ~/.config/masu/registries.conf to allow it",
			o.host);
	}
	credentials_wipe(&t->authorization);
	if (registry->authorization && origin_equal(&o, &registry->origin)) {
		t->authorization = strdup(registry->authorization);
		if (!t->authorization)
			return err_oom(err);
	}
	http_end(registry->options.http, &t->request);
	t->request.url = t->url;
	t->request.accept = t->accept;
	t->request.authorization = t->authorization;
	t->request.offset = t->offset;
	t->request.limit = t->limit;
	t->request.exact = t->exact;
	t->request.sink = t->sink;
	t->request.userdata = t->userdata;
	t->request.deadline_s = t->deadline_s;
	t->request.certificates = registry->options.certificates;
	t->request.shows_certificate = origin_equal(&o, &registry->origin);
	t->request.method = t->method;
	t->request.known = registry->settled;
	int u = t->upload ? set_upload(t, &o, err) : 0;
	if (u < 0)
		return u;
	t->request.insecure = registry_settings_allow_insecure(registry->options.settings, &o);
	t->wait_until_ms = 0;
	return http_begin(registry->options.http, &t->request, err);
}

/* Starts at the registry itself: the target of a redirect may have expired. */
static int start_anew(struct exchange *t, struct masu_error *err)
{
	const struct registry *registry = t->registry;
	_cleanup_free_ char *place = origin_text(&registry->origin);

	free(t->url);
	t->redirects = 0;
	t->https = registry->origin.https;
	const char *repository = registry->options.reference->path;
	if (t->is_url)
		t->url = strdup(t->path);
	else
		t->url = place ? str_printf("%s://%s/v2/%s%s%s",
					    registry->origin.https ? "https" : "http", place,
					    repository, *repository ? "/" : "", t->path)
			       : NULL;
	if (!t->url)
		return err_oom(err);
	return start(t, err);
}

static int failed(const struct exchange *t, int r, struct masu_error *err)
{
	const struct reference *ref = t->registry->options.reference;

	if (*ref->path)
		(void)err_prefix(err, "%s the %s %s '%s'", t->method ? "push" : "get", t->what,
				 t->method ? "to" : "from", ref->domain);
	else
		(void)err_prefix(err, "cannot log in to '%s'", ref->domain);
	return r;
}

int exchange_begin(struct exchange *t, const char *path, struct masu_error *err)
{
	t->path = strdup(path);
	int r = t->path ? start_anew(t, err) : err_oom(err);
	return r < 0 ? failed(t, r, err) : 0;
}

int exchange_begin_at(struct exchange *t, const char *url, struct masu_error *err)
{
	t->is_url = true;
	return exchange_begin(t, url, err);
}

void exchange_end(struct exchange *t)
{
	if (t->registry)
		http_end(t->registry->options.http, &t->request);
	free(t->path);
	free(t->url);
	credentials_wipe(&t->authorization);
	t->path = t->url = NULL;
}

int exchange_location(const struct exchange *t, const char *query, char **ret,
		      struct masu_error *err)
{
	_cleanup_free_ char *location = http_header(&t->request, "location", 0), *target = NULL;
	_cleanup_origin_ struct origin from = {0}, to = {0};

	if (!location)
		return err_set(err, ERR_INVALID, EBADMSG, "the answer has no Location");
	int r = url_join(t->url, location, query, &target, err);
	if (r == 0)
		r = url_origin(t->url, &from, err);
	if (r == 0)
		r = url_origin(target, &to, err);
	if (r < 0)
		return r;
	if (from.https && !to.https)
		return err_set(err, ERR_DENIED, EACCES,
			       "redirected from https to plain http at '%s'", to.host);
	*ret = TAKE_PTR(target);
	return 0;
}

static int follow(struct exchange *t, struct masu_error *err)
{
	_cleanup_free_ char *target = NULL;
	int status = t->request.status;

	/* The others would turn it into a GET. */
	if (t->upload && status != 307 && status != 308)
		return http_failure(&t->request, err);
	if (++t->redirects > REDIRECTS_MAX)
		return err_set(err, ERR_INVALID, ELOOP, "redirected more than %d times",
			       REDIRECTS_MAX);
	int r = exchange_location(t, NULL, &target, err);
	if (r < 0)
		return r;
	/* The request uses the old URL until it ends. */
	http_end(t->registry->options.http, &t->request);
	free(t->url);
	t->url = TAKE_PTR(target);
	return start(t, err);
}

static int log_in(struct exchange *t, struct masu_error *err)
{
	struct registry *registry = t->registry;
	_cleanup_origin_ struct origin o = {0};
	const char *used = t->authorization, *now = registry->authorization;
	int r = url_origin(t->url, &o, err);

	if (r < 0)
		return r;
	if (++t->logins > LOGINS_MAX || !origin_equal(&o, &registry->origin))
		return registry_denied(registry, t->what, &t->request, err);
	/* Another transfer may have logged in since this one was sent. */
	if (!now || (used && streq(used, now)))
		r = registry_login(registry, &t->request, err);
	return r < 0 ? r : start(t, err);
}

/* A TLS server refuses plain http so. Its reason is in the body, which an answer to HEAD lacks; a registry's refusal is JSON. */
static bool demands_https(const struct http_request *request)
{
	_cleanup_free_ char *type = NULL;

	if (request->curl_code != CURLE_OK || request->status != 400)
		return false;
	if (!request->method || !streq(request->method, "HEAD"))
		return request->body.text && strstr(request->body.text, "HTTPS");
	type = http_header(request, "content-type", 0);
	return !type || !strstr(type, "json");
}

/* Such a failure shows that the server does not speak the scheme of the exchange. */
static bool scheme_is_wrong(const struct exchange *t)
{
	CURLcode code = t->request.curl_code;

	if (t->request.failure.code)
		return false;
	if (t->https)
		return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_COULDNT_CONNECT;
	return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || demands_https(&t->request);
}

/*
 * Before the first answer of the registry, its scheme may be the other one. An exchange that began at the same time may have
 * found that out already.
 */
static bool other_scheme_may_serve(const struct exchange *t)
{
	const struct registry *registry = t->registry;

	if (!scheme_is_wrong(t))
		return false;
	if (t->https != registry->origin.https)
		return true;
	return !registry->settled &&
	       (!t->https ||
		(!host_is_loopback(registry->origin.host) &&
		 registry_settings_allow_http(registry->options.settings, &registry->origin)));
}

static int switch_scheme(struct exchange *t, struct masu_error *err)
{
	struct registry *registry = t->registry;
	unsigned int standard = registry->origin.https ? 443 : 80;

	if (t->https != registry->origin.https)
		return start_anew(t, err);
	registry->origin.https = !registry->origin.https;
	registry->settled = true;
	if (registry->origin.port == standard && !strpbrk(registry->options.reference->domain, ":"))
		registry->origin.port = registry->origin.https ? 443 : 80;
	return start_anew(t, err);
}

/* Waits longer each time, unless new bytes have arrived. */
static void back_off(struct exchange *t)
{
	uint64_t position = MAX(t->offset, t->request.taken);

	if (position > t->offset)
		t->tries = 0;
	t->offset = position;
	t->wait_until_ms = time_monotonic_ms() +
			   registry_settings_delay_ms(t->registry->options.settings, t->tries);
	http_end(t->registry->options.http, &t->request);
}

static int refused(const struct exchange *t, struct masu_error *err)
{
	_cleanup_free_ char *reason = answer_reason(&t->request.body);

	if (!reason)
		return http_failure(&t->request, err);
	return err_set(err, ERR_UNAVAILABLE, EIO, "the server answers with status %d: %s",
		       t->request.status, reason);
}

static int judge_answer(struct exchange *t, struct masu_error *err)
{
	switch (t->request.status) {
	case 200:
	case 206:
		return 1;
	case 201:
	case 202:
	case 204:
		return t->method ? 1 : http_failure(&t->request, err);
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return follow(t, err);
	case 401:
		return log_in(t, err);
	case 403:
		return registry_denied(t->registry, t->what, &t->request, err);
	case 404:
		if (t->upload)
			return refused(t, err);
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "the registry '%s' has no %s",
			      t->registry->options.reference->domain, t->what);
		return -ENOENT;
	default:
		return refused(t, err);
	}
}

int exchange_step(struct exchange *t, struct masu_error *err)
{
	int r;

	if (t->wait_until_ms) {
		if (time_monotonic_ms() < t->wait_until_ms)
			return 0;
		r = start_anew(t, err);
		return r < 0 ? failed(t, r, err) : 0;
	}
	if (!t->request.done)
		return 0;
	if (other_scheme_may_serve(t)) {
		r = switch_scheme(t, err);
		return r < 0 ? failed(t, r, err) : 0;
	}
	t->may_retry = http_may_retry(&t->request);
	if (t->may_retry && !t->once && ++t->tries <= t->registry->options.settings->retries) {
		back_off(t);
		return 0;
	}
	if (t->request.curl_code != CURLE_OK || t->request.failure.code) {
		r = http_failure(&t->request, err);
	} else {
		t->registry->settled = true;
		t->registry->reached = t->request.reached;
		r = judge_answer(t, err);
	}
	return r < 0 && r != -ENOENT ? failed(t, r, err) : r;
}

int exchange_wait(struct exchange *t, struct masu_error *err)
{
	for (;;) {
		int r = exchange_step(t, err);

		if (r != 0)
			return r < 0 ? r : 0;
		r = http_step(t->registry->options.http, t->wait_until_ms ? 50 : 1000, err);
		if (r < 0)
			return r;
	}
}
