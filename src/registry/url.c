/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void curlup(CURLU **u)
{
	curl_url_cleanup(*u);
}
#define _cleanup_curlu_ _cleanup_(curlup)

static void curl_freep(char **s)
{
	curl_free(*s);
}
#define _cleanup_curl_free_ _cleanup_(curl_freep)

void origin_done(struct origin *o)
{
	free(o->host);
	*o = (struct origin){0};
}

static int invalid(const char *url, const char *why, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "invalid URL '%.200s': %s", url, why);
}

int url_origin(const char *url, struct origin *ret, struct masu_error *err)
{
	_cleanup_curlu_ CURLU *u = curl_url();
	_cleanup_curl_free_ char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL;
	uint32_t number;

	if (!u)
		return err_oom(err);
	if (str_has_control(url) || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return invalid(url, "malformed", err);
	if (!streq(scheme, "https") && !streq(scheme, "http"))
		return invalid(url, "neither https nor http", err);
	if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		return invalid(url, "has a user name in it", err);
	if (!*host || str_to_uint32(port, &number) < 0)
		return invalid(url, "malformed", err);
	for (char *p = host; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	struct origin o = {.https = streq(scheme, "https"), .host = strdup(host), .port = number};
	if (!o.host)
		return err_oom(err);
	*ret = o;
	return 0;
}

bool origin_equal(const struct origin *a, const struct origin *b)
{
	return a->https == b->https && a->port == b->port && streq(a->host, b->host);
}

char *origin_text(const struct origin *o)
{
	return o->port == (o->https ? 443 : 80) ? strdup(o->host)
						: str_printf("%s:%u", o->host, o->port);
}

int url_join(const char *base, const char *location, const char *query, char **ret,
	     struct masu_error *err)
{
	_cleanup_curlu_ CURLU *u = curl_url();
	_cleanup_curl_free_ char *joined = NULL;

	if (!u)
		return err_oom(err);
	if ((location && str_has_control(location)) ||
	    curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    (location && curl_url_set(u, CURLUPART_URL, location, 0) != CURLUE_OK) ||
	    (query && curl_url_set(u, CURLUPART_QUERY, query, CURLU_APPENDQUERY) != CURLUE_OK) ||
	    curl_url_get(u, CURLUPART_URL, &joined, 0) != CURLUE_OK)
		return invalid(location ? location : base, "malformed", err);
	*ret = strdup(joined);
	return *ret ? 0 : err_oom(err);
}

char *url_escape(const char *s)
{
	_cleanup_curl_free_ char *escaped = curl_easy_escape(NULL, s, 0);

	return escaped ? strdup(escaped) : NULL;
}

static enum address_class classify_v4(uint32_t a)
{
	if (a >> 24 == 127)
		return ADDRESS_LOOPBACK;
	if (a >> 24 == 0 || a >> 28 >= 14)
		return ADDRESS_NONE;
	if (a >> 16 == 0xa9fe)
		return ADDRESS_LINK;
	if (a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 22 == 0x191)
		return ADDRESS_PRIVATE;
	return ADDRESS_PUBLIC;
}

static enum address_class classify_v6(const struct in6_addr *a)
{
	static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
	uint32_t last;

	memcpy(&last, a->s6_addr + 12, sizeof(last));
	if (IN6_IS_ADDR_LOOPBACK(a))
		return ADDRESS_LOOPBACK;
	if (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_MULTICAST(a))
		return ADDRESS_NONE;
	if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a) ||
	    memcmp(a->s6_addr, nat64, sizeof(nat64)) == 0)
		return classify_v4(ntohl(last));
	if (IN6_IS_ADDR_LINKLOCAL(a))
		return ADDRESS_LINK;
	if ((a->s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_SITELOCAL(a))
		return ADDRESS_PRIVATE;
	return ADDRESS_PUBLIC;
}

enum address_class address_classify(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return classify_v4(
			ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr));
	if (a->sa_family == AF_INET6)
		return classify_v6(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return ADDRESS_NONE;
}

bool host_is_loopback(const char *host)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	size_t n = strlen(host);
	char inner[INET6_ADDRSTRLEN];

	if (streq(host, "localhost") || str_has_suffix(host, ".localhost"))
		return true;
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return address_classify((const struct sockaddr *)&v4) == ADDRESS_LOOPBACK;
	if (n < 4 || *host != '[' || n - 2 >= sizeof(inner))
		return false;
	memcpy(inner, host + 1, n - 2);
	inner[n - 2] = 0;
	return inet_pton(AF_INET6, inner, &v6.sin6_addr) == 1 &&
	       address_classify((const struct sockaddr *)&v6) == ADDRESS_LOOPBACK;
}
