/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A published port or range of ports, and its text: the -p option, and a container's record. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct port_mapping {
	char host_ip[INET6_ADDRSTRLEN]; /* "0.0.0.0" for all of IPv4, "::" for all of IPv6 */
	uint16_t host_first, host_last; /* 0: any free ports */
	uint16_t container_first, container_last;
	bool udp;
	unsigned int on_demand_s; /* 0: not on demand; else the idle time */
};

/* The idle time of "ondemand" without one, and the longest: a week. */
#define PORT_ON_DEMAND_DEFAULT_S 300
#define PORT_ON_DEMAND_MAX_S	 604800

/*
 * Reads "[[IP]:][HOST]:CONTAINER[/PROTOCOL][,ondemand[=SECONDS]]", or "CONTAINER". Without HOST, or if it is 0, the host's port is any free
 * one. An IPv6 address is in brackets. Each port may be a range "8080-8085", of equal length. If CONTAINER is one port,
 * any port of the range HOST is used. PROTOCOL is tcp or udp in either case. A port on demand is of TCP, and names its port of
 * the host. ERR_INVALID; ERR_UNSUPPORTED for other protocols.
 */
int port_mapping_parse(const char *text, struct port_mapping *ret, struct masu_error *err);

/* Reads "PORT[-PORT][/PROTOCOL]", ports of a container; those of the host are 0. The same errors. */
int port_mapping_parse_exposed(const char *text, struct port_mapping *ret, struct masu_error *err);

/* Checks a mapping that another function filled in. `text` names it in the error. */
int port_mapping_check(const struct port_mapping *m, const char *text, struct masu_error *err);

/* A text that port_mapping_parse() reads. NULL when out of memory. */
char *port_mapping_to_string(const struct port_mapping *m);

bool port_mapping_overlaps(const struct port_mapping *a,
			   const struct port_mapping *b); /* in the container */
