/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Published UDP ports on the host's loopback addresses. slirp4netns shows a datagram from 127.0.0.1 to the
 * container as one from its gateway, and drops the answer, as the container may not reach the host's
 * loopback. So datagrams to 127.0.0.0/8 go to a process of masu's, which sends them from inside the
 * container's network namespace. The container's server sees the container's own address, and never
 * 127.0.0.1. Datagrams to other addresses keep their sender's, and are slirp4netns's.
 */

#include <sys/types.h>

#include "base/err.h"
#include "net/ports.h"

struct relay {
	struct relay_port {
		int fd;
		uint16_t to;
	} * ports;
	size_t n;
	pid_t pid; /* of the process, a child; it ends with its parent */
};
#define RELAY_INIT ((struct relay){.pid = -1})

/* Kills and reaps the process and closes the sockets. */
void relay_stop(struct relay *relay);

/* Only the host itself can send to such an address: slirp4netns need not listen there. */
bool relay_is_local(const struct port *port);

/*
 * Binds the host's side of a UDP port: to its address when that is local, else to all local ones, beside
 * slirp4netns, which must be bound to 0.0.0.0 already. 0 or -errno.
 */
int relay_listen(struct relay *relay, const struct port *port);

/*
 * Starts the process if ports are published. `init` is in the container's network namespace, and in a
 * user namespace of the container's when `own_userns`. The sockets are closed on this side.
 */
int relay_start(struct relay *relay, pid_t init, bool own_userns, const char *container_ip,
		struct masu_error *err);
