/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The host's own address, as its neighbours see it. */

#include <netinet/in.h>

/* The IPv4 address that the host uses to the outside; nothing is sent. 0, or -errno if the host has no route there. */
int net_host_address(char ret[INET_ADDRSTRLEN]);
