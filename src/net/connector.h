/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sockets in the network namespace of a container, for a process outside. A socket belongs to the namespace in which it was
 * created. So a child enters the container's namespaces, which it could not leave, and creates sockets there for its
 * parent, who connects them. It executes nothing, reads no files, and takes no data from the container.
 */

#include <sys/socket.h>
#include <sys/types.h>

#include "base/err.h"

struct connector {
	pid_t pid;
	int channel; /* -1: not running */
};
#define CONNECTOR_INIT ((struct connector){.channel = -1})

/* Starts the child. `init_pidfd` is of a process in the namespaces. */
int connector_start(int init_pidfd, struct connector *ret, struct masu_error *err);

/*
 * A new TCP socket of this address family that does not block, and the address at which the container is to be connected to,
 * with the port 0. That is the container's own address, which the server then sees as the client's: a connection from
 * loopback could be trusted. It is loopback if the container has no other address of
 * either family. -EADDRNOTAVAIL or -EAFNOSUPPORT if only the other family can be used; -ECONNRESET if the child has died.
 */
int connector_socket(const struct connector *c, int family, struct sockaddr_storage *ret_address);

/* Kills the child and reaps it. */
void connector_stop(struct connector *c);
