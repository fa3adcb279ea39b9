/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Publishing ports through the API socket of a running slirp4netns. */

#include "net/backend.h"

#define SLIRP_SOCKET_NAME "slirp.sock"

/*
 * Publishes all ports, and collects UDP ports for the host itself in `relay`, which the caller starts
 * then. Fills in the host ports that were free to choose. Errors: host-port.h's.
 */
int slirp_publish(const struct net_request *request, struct relay *relay, struct masu_error *err);
