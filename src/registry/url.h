/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The origin of a URL, which decides if credentials may be sent to it, and if plain http is allowed. Only http and https
 * are supported.
 */

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

struct origin {
	bool https;
	char *host; /* lower case; "[::1]" for IPv6 */
	unsigned int port;
};

void origin_done(struct origin *o);
#define _cleanup_origin_ _cleanup_(origin_done)

/* EINVAL if the URL is not http or https, contains a user or password, or has no host. */
int url_origin(const char *url, struct origin *ret, struct masu_error *err);

/* Returns whether scheme, host and port are equal. */
bool origin_equal(const struct origin *a, const struct origin *b);

/* "host", or "host:port" if the port is not the default of the scheme. NULL when out of memory. */
char *origin_text(const struct origin *o);

/*
 * The absolute URL of a Location, which may be relative; NULL stands for the base itself. `query` is added to that of the URL
 * unless it is NULL. EINVAL.
 */
int url_join(const char *base, const char *location, const char *query, char **ret,
	     struct masu_error *err);

/* Percent-encodes all except unreserved characters. NULL when out of memory. */
char *url_escape(const char *s);

/* Kinds of addresses, from the farthest to the nearest. */
enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_PRIVATE, /* a site's own networks: 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7 */
	ADDRESS_LINK,	 /* 169.254/16, fe80::/10: also where clouds answer with secrets */
	ADDRESS_LOOPBACK, /* this machine: 127/8, ::1 */
	ADDRESS_NONE,	  /* 0/8, ::, multicast, reserved, not IP */
	ADDRESS_CLASS_MAX
};
enum address_class address_classify(const struct sockaddr *a);

/* "localhost", a name below it, or a literal address that is loopback. */
bool host_is_loopback(const char *host);
