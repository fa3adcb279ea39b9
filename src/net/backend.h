/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Network back ends. A back end connects a container's network namespace to the host's network by a
 * helper program that an ordinary user may run. Each is one file: slirp.c, pasta.c; network.c has the
 * table of all, also of "none" and "host", which need no helper. To add one, write its file and add a
 * line to that table.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "net/helper.h"
#include "net/mac.h"
#include "net/ports.h"
#include "net/relay.h"

/* The facts about a container's network that its files and `masu inspect` show. "" where it has none. */
struct net_addresses {
	char container[INET_ADDRSTRLEN];
	char gateway[INET_ADDRSTRLEN];
	char nameserver[INET_ADDRSTRLEN];
	char host[INET_ADDRSTRLEN];	   /* reaches the host's loopback */
	unsigned int prefix;		   /* the length of the network's, in bits */
	char container6[INET6_ADDRSTRLEN]; /* if an option sets it */
	char mac[NET_MAC_SIZE];		   /* if an option sets it */
};

/* The --network option, read. */
struct network {
	const struct net_backend *backend;
	struct net_addresses
		addresses; /* fixed before the start: /etc/hosts and inspect need them */
	char *target;	   /* of "container:NAME": the name; of "ns:PATH": the path */
	char **arguments;  /* for the helper's command line, from the options */
	bool advertises;   /* the helper gives IPv6 addresses by router advertisements */
};

struct net_request {
	const struct network *network;
	pid_t init;	   /* in the container's namespaces, and open to the caller's ptrace */
	bool foreign_root; /* root of that user namespace is not the caller on the host ... */
	bool shut_out;	   /* ... and cannot enter the caller's directories */
	bool own_userns;   /* false: the network namespace belongs to the caller's user namespace */
	const char *run_dir;	 /* RUN/sockets/ID, for sockets that are the caller's alone */
	struct port_list *ports; /* NULL: none. Free choices of host ports are filled in */
};

/* A running back end. */
struct net_link {
	struct net_helper helper;
	struct relay relay; /* of UDP ports on the host's loopback */
};
#define NET_LINK_INIT ((struct net_link){.helper = NET_HELPER_INIT, .relay = RELAY_INIT})

struct net_backend {
	const char *name;
	bool shares_host; /* the container is in the host's network namespace */
	bool joins;	  /* ... or in that of another container ... */
	bool by_path;	  /* ... or of a file, if `joins` is set, too */

	/* The rest is NULL for a back end without a helper, which takes no options and no ports. */
	const char *package; /* of the program, for `masu doctor` */

	/* The options that set the addresses of the container, up to the value. NULL: it has none. */
	const char *ip_option, *ip6_option, *mac_option;

	/* Reads what follows "NAME:" ("" for nothing) and fills in addresses and arguments. */
	int (*parse)(const char *options, struct network *network, struct masu_error *err);

	/* Can this port be published? Checked before anything is created. */
	int (*check_port)(const struct port *port, struct masu_error *err);

	/*
	 * Starts the helper without waiting. The user namespace must have its maps. On an error the
	 * caller stops the link.
	 */
	int (*start)(const struct net_request *request, struct net_link *link,
		     struct masu_error *err);

	/* Waits until the network is up and all ports are published. */
	int (*finish)(const struct net_request *request, struct net_link *link,
		      struct masu_error *err);
};

extern const struct net_backend slirp_backend;
extern const struct net_backend pasta_backend;

#define NET_READY_TIMEOUT_MS 10000

/* An interface name or the like, for a helper's command line: it cannot be taken for an option. */
static inline bool net_is_plain_word(const char *text)
{
	return *text && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._@-") == strlen(text);
}
