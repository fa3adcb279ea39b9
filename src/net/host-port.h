/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ports of the host, tried by a bind(2) of our own: network helpers do not report why they cannot bind
 * a port.
 */

#include "base/err.h"
#include "net/ports.h"

/* Binds a port and releases it. Returns the port, chosen by the kernel when host_port is 0, or -errno. */
int host_port_try(const struct port *port);

/*
 * The error of a port that cannot be bound: ERR_CONFLICT (in use), ERR_INVALID (no such address),
 * ERR_DENIED (below the first port of users). 0 when it can be bound.
 */
int host_port_explain(const struct port *port, struct masu_error *err);

/* The error of a port with a choice of host ports that are all in use. */
int host_port_none_free(const struct port *port, struct masu_error *err);

/*
 * Settles the free choices of a list for a helper that takes ports only at its start. Another process
 * may take a chosen port before the helper binds it.
 */
int host_ports_choose(struct port_list *list, struct masu_error *err);
