/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Published ports: the -p option, and asking slirp4netns for them through its API socket. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct port {
	char host_ip[16];	  /* IPv4; "0.0.0.0" for all */
	uint16_t host_port;	  /* 0 until ports_publish() chose one */
	uint16_t more_host_ports; /* it may choose among so many from host_port + 1 on, too */
	uint16_t container_port;
	bool udp;
};

struct port_list {
	struct port *item;
	size_t n;
};
#define PORT_LIST_INIT	((struct port_list){0})
#define _cleanup_ports_ _cleanup_(port_list_done)
void port_list_done(struct port_list *list);

/*
 * "[[IP]:][HOST]:CONTAINER[/PROTOCOL]", or "CONTAINER": without HOST, or when that is 0, any free
 * port of the host. Each port may be a range "8080-8085", of equal length; for one CONTAINER a range
 * HOST is a choice. PROTOCOL is tcp or udp in either case. Appends one entry a port. ERR_INVALID, and
 * ERR_UNSUPPORTED for IPv6 and other protocols; on an error the list is as it was.
 */
int ports_parse(const char *text, struct port_list *list, struct err *err);

/*
 * Publishes all through slirp4netns, and UDP for the host itself through `relay`, which is to be started
 * then. Fills in the host ports that were free to choose. `container_ip` is slirp_addresses'
 * container. ERR_CONFLICT for a port in use, ERR_DENIED for one below the first that users may bind,
 * each named.
 */
struct relay;
int ports_publish(struct port_list *list, const char *run_dir, const char *container_ip,
		  struct relay *relay, struct err *err);

/* "0.0.0.0:8080->80/tcp", for tables. NULL when out of memory. */
char *port_to_string(const struct port *port);
