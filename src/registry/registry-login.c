/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "registry/answer.h"
#include "registry/challenge.h"
#include "registry/credentials.h"
#include "registry/http-answer.h"
#include "registry/registry-login.h"

#define TOKEN_ANSWER_MAX (1 << 20)
#define TOKEN_MAX	 (32 << 10) /* of one: it becomes a header of every request */
#define TOKEN_DEADLINE_S 60

int registry_denied(const struct registry *registry, const char *what,
		    const struct http_request *request, struct masu_error *err)
{
	const struct reference *ref = registry->options.reference;
	_cleanup_free_ char *reason = answer_reason(&request->body);
	int status = request->status;

	if (!*ref->path)
		return err_set(err, ERR_DENIED, EACCES, "invalid user name or password (status %d)",
			       status);
	if (status == 401 && registry->options.push)
		(void)err_set(err, ERR_DENIED, EACCES,
			      "unauthorized: '%s' needs other credentials (status 401)", ref->path);
	else
		(void)err_set(err, ERR_DENIED, EACCES, "%s (status %d)%s%s",
			      status == 401 ? "unauthorized: the image needs other credentials, or "
					      "does not exist"
					    : "access denied",
			      status, reason ? ": " : "", str_or_empty(reason));
	return err_hint(err, "masu login %s", ref->domain);
}

/* The best of the challenges of all such headers. */
static int read_challenges(const struct http_request *request, struct challenge *ret,
			   struct masu_error *err)
{
	for (size_t i = 0; i < 8; i++) {
		_cleanup_free_ char *header = http_header(request, "www-authenticate", i);
		_cleanup_challenge_ struct challenge c = {0};

		if (!header)
			return 0;
		int r = challenge_parse(header, &c, err);
		if (r < 0)
			return r;
		if (c.scheme > ret->scheme) {
			challenge_done(ret);
			*ret = c;
			c = (struct challenge){0};
		}
	}
	return 0;
}

static bool same_host(const struct origin *a, const struct origin *b)
{
	return streq(a->host, b->host) || (host_is_loopback(a->host) && host_is_loopback(b->host));
}

void registry_guard(const struct registry *registry, const struct origin *o,
		    struct http_request *request)
{
	request->guarded = !same_host(o, &registry->origin);
	request->guard = registry->reached == ADDRESS_PRIVATE ? ADDRESS_PRIVATE : ADDRESS_PUBLIC;
}

/* Checks the URL of the token server, and sets the checks of its address. */
static int judge_realm(const struct registry *registry, const char *realm,
		       struct http_request *request, struct masu_error *err)
{
	_cleanup_origin_ struct origin o = {0};
	int r = url_origin(realm, &o, err);

	if (r < 0)
		return err_prefix(err, "token server");
	if (!o.https && (registry->origin.https || !same_host(&o, &registry->origin)))
		return err_set(err, ERR_DENIED, EACCES,
			       "the registry sends to a token server without TLS: '%.200s'", realm);
	registry_guard(registry, &o, request);
	request->insecure = registry_settings_allow_insecure(registry->options.settings, &o);
	return 0;
}

/* "repository:NAME:pull", and so on for those that blobs may be mounted from. */
static int list_scopes(const struct registry *registry, char ***ret)
{
	const struct registry_options *o = &registry->options;
	_cleanup_strv_ char **scopes = NULL;

	if (!*o->reference->path) /* a login is for nothing else */
		return 0;
	if (strv_pushf(&scopes, "repository:%s:%s", o->reference->path,
		       o->push ? "pull,push" : "pull") < 0)
		return -ENOMEM;
	STRV_FOREACH(path, o->mountable)
		if (strv_pushf(&scopes, "repository:%s:pull", *path) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(scopes);
	return 0;
}

static int add_parameter(struct strbuf *query, const char *name, const char *value)
{
	_cleanup_free_ char *escaped = url_escape(value);

	return escaped ? strbuf_addf(query, "%s%s=%s", query->length ? "&" : "", name, escaped)
		       : -ENOMEM;
}

/* "service=...&scope=...": the purpose of the token. A form has all scopes in one parameter. NULL when out of memory. */
static char *token_query(const struct registry *registry, const struct challenge *c, bool form)
{
	_cleanup_strbuf_ struct strbuf query = STRBUF_INIT, joined = STRBUF_INIT;
	_cleanup_strv_ char **scopes = NULL;

	if (list_scopes(registry, &scopes) < 0 ||
	    (c->service && add_parameter(&query, "service", c->service) < 0))
		return NULL;
	STRV_FOREACH(scope, scopes) {
		int r = form ? strbuf_addf(&joined, "%s%s", joined.length ? " " : "", *scope)
			     : add_parameter(&query, "scope", *scope);

		if (r < 0)
			return NULL;
	}
	if (joined.length && add_parameter(&query, "scope", joined.text) < 0)
		return NULL;
	return query.text ? strbuf_take(&query) : strdup("");
}

/*
 * The URL of the request; with an identity token also the body to POST (OAuth 2's refresh token grant). Without one it is a
 * GET with the query in the URL.
 */
static int token_request(const struct registry *registry, const struct challenge *c,
			 const char *identity, char **ret_url, char **ret_form)
{
	_cleanup_wipe_ char *escaped = identity ? url_escape(identity) : NULL;
	_cleanup_free_ char *query = token_query(registry, c, identity != NULL);
	int base = (int)strcspn(c->realm, "#"); /* servers get no fragment */
	const char *separator = memchr(c->realm, '?', (size_t)base) ? "&" : "?";

	if (!query || (identity && !escaped))
		return -ENOMEM;
	if (!identity) {
		*ret_url = str_printf("%.*s%s%s", base, c->realm, separator, query);
		return *ret_url ? 0 : -ENOMEM;
	}
	*ret_url = strndup(c->realm, (size_t)base);
	*ret_form = str_printf("grant_type=refresh_token&client_id=masu&%s&refresh_token=%s", query,
			       escaped);
	return *ret_url && *ret_form ? 0 : -ENOMEM;
}

/* Reads the Authorization header from the answer of the token server. */
static int read_token(const struct http_request *request, char **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *token = NULL;
	int r = json_parse(request->body.text ? request->body.text : "", request->body.length,
			   "token", &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "token: must be an object");
	r = json_get_string(o, "", "token", &token, err);
	if (r >= 0 && (!token || !*token))
		r = json_get_string(o, "", "access_token", &token, err);
	if (r < 0)
		return r;
	if (!token || !*token || strlen(token) > TOKEN_MAX || str_has_control(token) ||
	    strchr(token, ' '))
		return err_set(err, ERR_INVALID, EBADMSG, "the token server gave no usable token");
	*ret = str_printf("Bearer %s", token);
	return *ret ? 0 : err_oom(err);
}

static int fetch_token(struct registry *registry, const struct challenge *c, const char *basic,
		       const char *identity, char **ret, struct masu_error *err)
{
	struct http_request request = {
		.accept = "application/json",
		.certificates = registry->options.certificates,
		.authorization = basic,
		.limit = TOKEN_ANSWER_MAX,
		.deadline_s = TOKEN_DEADLINE_S,
	};
	_cleanup_free_ char *url = NULL;
	_cleanup_wipe_ char *form = NULL;
	int r = judge_realm(registry, c->realm, &request, err);

	if (r < 0)
		return r;
	r = token_request(registry, c, identity, &url, &form);
	if (r < 0)
		return err_sys(err, r, "ask for a token");
	request.url = url;
	request.form = form;
	r = http_begin(registry->options.http, &request, err);
	if (r < 0)
		return err_prefix(err, "token server");
	r = http_wait(registry->options.http, &request, err);
	if (r >= 0 && (request.status == 401 || request.status == 403))
		r = registry_denied(registry, "token", &request, err);
	else if (r >= 0 &&
		 (request.curl_code != CURLE_OK || request.failure.code || request.status != 200))
		r = http_failure(&request, err);
	else if (r >= 0)
		r = read_token(&request, ret, err);
	if (r < 0)
		(void)err_prefix(err, "token server");
	if (request.body.text)
		OPENSSL_cleanse(request.body.text, request.body.length);
	http_end(registry->options.http, &request);
	return r;
}

int registry_login(struct registry *registry, const struct http_request *request,
		   struct masu_error *err)
{
	_cleanup_challenge_ struct challenge c = {0};
	_cleanup_credentials_ struct credentials known = {0};
	_cleanup_wipe_ char *basic = NULL, *authorization = NULL;
	int r = read_challenges(request, &c, err);

	if (r >= 0 && c.scheme == CHALLENGE_NONE)
		r = registry_denied(registry, "image", request, err);
	if (r >= 0)
		r = registry->options.credentials(registry->options.arg, &known, err);
	if (r >= 0 && known.user && !(basic = credentials_basic(&known)))
		r = err_oom(err);
	if (r >= 0 && c.scheme == CHALLENGE_BEARER)
		r = fetch_token(registry, &c, basic, known.token, &authorization, err);
	else if (r >= 0 && !basic)
		r = registry_denied(registry, "image", request, err);
	else if (r >= 0)
		authorization = TAKE_PTR(basic);
	if (r < 0)
		return r;
	credentials_wipe(&registry->authorization);
	registry->authorization = TAKE_PTR(authorization);
	return 0;
}
