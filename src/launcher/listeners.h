/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sockets that systemd passes to the proxy of ports on demand (sd_listen_fds(3), systemd/socket-unit.h). */

#include "net/ports.h"

struct listeners {
	struct listener {
		int fd;
		const struct port *port; /* that it is bound to */
	} * item;
	size_t n;
	int fifo; /* or -1 */
};
#define LISTENERS_INIT ((struct listeners){.fifo = -1})
void listeners_done(struct listeners *l);

/*
 * Takes those of these ports, which the caller keeps, and the FIFO. They do not block. The processes that this one starts do not
 * see them. ERR_INVALID without any.
 */
int listeners_take(const struct port_list *ports, struct listeners *ret, struct masu_error *err);
