/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A transient socket of systemd: the manager listens, and the first connection starts the service of the same name, which
 * gets the listening sockets (sd_listen_fds(3)). A connection waits in the kernel's queue until that accepts it; also while
 * no service runs. A FIFO exists as long as the socket is active: the manager creates and removes it, and a byte
 * written to it starts the service, too.
 */

#include <stdbool.h>

#include "base/err.h"

struct socket_unit {
	const char *name; /* without suffix */
	const char *description;
	const char *fifo;		/* an absolute path */
	char *const *listeners;		/* "127.0.0.1:8080", "[::]:8080" */
	char *const *env, *const *argv; /* of the service; argv[0] is absolute */
};

/* Listeners of one unit: all strings fit into one message. */
#define SOCKET_UNIT_LISTENERS_MAX 64

/*
 * Starts the socket, not the service. -EEXIST (ERR_CONFLICT) if a unit of that name exists, -ENOTCONN (ERR_UNAVAILABLE) if no
 * manager is found, or the manager's error.
 */
int socket_unit_start(bool system, const struct socket_unit *unit, struct masu_error *err);

/* Stops the socket, and then the service. 0 also if they do not exist. */
int socket_unit_stop(bool system, const char *name, struct masu_error *err);

/* Starts a service, whichever it is, and waits until it is active, which may take ten minutes. */
int service_start(bool system, const char *unit, struct masu_error *err);
