/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The --network option, and a container's network by the back end that it names. */

#include "net/backend.h"

#define NETWORK_INIT ((struct network){0})
void network_done(struct network *network);

/*
 * "none", "host", "slirp4netns[:OPTIONS]", "pasta[:OPTIONS]", "container:NAME", "ns:PATH". The words for the default of
 * other engines stand for slirp4netns: network_is_default(). ERR_INVALID; ERR_UNSUPPORTED for options of such a word.
 */
int network_parse(const char *text, struct network *ret, struct masu_error *err);

/* NULL, "", "default", docker's "bridge" and podman's "private". */
bool network_is_default(const char *text);

/*
 * Puts options in front of those of the text, which count if both set one. *ret is to be freed; NULL: the text names another
 * back end. -ENOMEM.
 */
int network_add_options(const char *text, const char *backend, const char *options, char **ret,
			struct masu_error *err);

/* The name of the default. */
const char *network_default(void);

/* ERR_INVALID when the network publishes no ports. The error names the option. */
int network_check_publishes(const struct network *network, const char *option,
			    struct masu_error *err);

/* Checks the ports: ERR_INVALID when the network publishes none. */
int network_check_ports(const struct network *network, const struct port_list *ports,
			struct masu_error *err);

/* NULL at the end of the back ends, in the order in which `masu info` lists them. */
const struct net_backend *network_backend(size_t index);

/* Is there a helper to start? NULL is a network without a way out. */
bool network_has_helper(const struct network *network);

/* As the back end's functions. Without a helper they do nothing. */
int network_start(const struct net_request *request, struct net_link *link, struct masu_error *err);
int network_finish(const struct net_request *request, struct net_link *link,
		   struct masu_error *err);

/* Kills the processes of a link and releases it. */
void network_stop(struct net_link *link);
