/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The contents of /etc/resolv.conf, /etc/hosts and /etc/hostname of a container. The caller writes
 * them to the container's directory and mounts them.
 */

#include <stdbool.h>

#include "base/err.h"

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

struct net_hosts {
	const char *host;      /* the host's file, for a container in the host's network; or NULL */
	const char *hostname;  /* of the container; up to its first dot it is a name, too */
	const char *name;      /* of the container, when another; or NULL */
	const char *address;   /* of the container, or NULL without a network */
	const char *gateway;   /* for host.containers.internal, or NULL */
	char *const *add_host; /* "NAME:IP", where IP may be host-gateway; or NULL */
};
int net_hosts_file(const struct net_hosts *in, char **ret, struct masu_error *err);

/* Checks a host name: RFC 1123, at most 64 bytes as sethostname(2) takes. EINVAL (ERR_INVALID). */
int net_check_hostname(const char *hostname, struct masu_error *err);

/* Checks it and ends it in a newline. */
int net_hostname_file(const char *hostname, char **ret, struct masu_error *err);
