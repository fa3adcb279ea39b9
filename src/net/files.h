/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The contents of /etc/resolv.conf, /etc/hosts and /etc/hostname of a container. The caller writes
 * them to the container's directory and mounts them.
 */

#include <stdbool.h>

#include "base/err.h"

/* An address of IPv4 or IPv6. */
bool net_is_address(const char *text);

struct net_resolv {
	const char *host;	/* the host's resolv.conf, "" if it does not exist */
	const char *nameserver; /* the network's, or NULL */
	bool host_network;	/* the host's loopback is the container's: keep its resolvers */
	char *const *servers;	/* --dns: in place of all others. May be NULL, like the next two */
	char *const *search;	/* --dns-search; "." for none */
	char *const *options;	/* --dns-option */
};

/*
 * Without --dns: `nameserver` first, then the host's resolvers except those on loopback
 * (systemd-resolved's stub among them), which the container cannot reach.
 */
int net_resolv_conf(const struct net_resolv *in, char **ret, struct masu_error *err);

/* Does a resolv.conf name the stub of systemd-resolved alone, which only the host's network reaches? */
bool net_resolv_is_stub(const char *text);

struct net_hosts {
	const char *base;     /* a file whose lines are kept, or NULL for those of localhost */
	const char *hostname; /* of the container; up to its first dot it is a name, too */
	const char *name;     /* of the container, when another; or NULL */
	const char *address;  /* of the container, or NULL without a network */
	const char *gateway;  /* for host.containers.internal, or NULL */
	/* "NAME[;NAME...]:IP" or with '=', where IP may be host-gateway, and of IPv6 in brackets; or NULL */
	char *const *add_host;
};

/*
 * The user's lines come first, as resolvers take the first one; then the base, the names of the host, and those of the
 * container. A name of these two that the base has is left out. ERR_INVALID; -ENETUNREACH if host-gateway is unknown.
 */
int net_hosts_file(const struct net_hosts *in, char **ret, struct masu_error *err);

/* Checks a host name: RFC 1123, at most 64 bytes as sethostname(2) takes. EINVAL (ERR_INVALID). */
int net_check_hostname(const char *hostname, struct masu_error *err);

/* Checks it and ends it in a newline. */
int net_hostname_file(const char *hostname, char **ret, struct masu_error *err);
