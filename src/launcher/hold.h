/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/container/container.h"

/* The program of the proxy, `masu container-proxy`: launcher/proxy.c. */
#define PROXY_COMMAND "container-proxy"

/*
 * Has systemd listen on the ports on demand of a container (engine/container/on-demand.h), and begins its restart policy as a
 * start does. 0 also if systemd holds them already. ERR_UNAVAILABLE without a manager; ERR_CONFLICT for a port in use.
 */
int hold_ports(masu_container *c, struct masu_error *err);
