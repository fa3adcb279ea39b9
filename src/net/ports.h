/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Published ports: the -p option. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct port {
	char host_ip[INET6_ADDRSTRLEN]; /* "0.0.0.0" for all of IPv4, "::" for all of IPv6 */
	uint16_t host_port;		/* 0 until the network has chosen one */
	uint16_t more_host_ports;	/* it may choose among so many from host_port + 1 on, too */
	uint16_t container_port;
	bool udp;
	unsigned int on_demand_s; /* 0: not on demand; else the idle time */
};

struct port_list {
	struct port *item;
	size_t n;
};
#define PORT_LIST_INIT	((struct port_list){0})
#define _cleanup_ports_ _cleanup_(port_list_done)
void port_list_done(struct port_list *list);

/*
 * Appends the ports of a text that port_mapping_parse() reads. ERR_INVALID also for a port of the host that the
 * list has already; on an error the list is as it was.
 */
int ports_parse(const char *text, struct port_list *list, struct masu_error *err);

const char *port_protocol(const struct port *port); /* "tcp" or "udp" */
bool port_is_ipv6(const struct port *port);
