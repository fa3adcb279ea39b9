/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * OnDemand= of a .container file: two more units beside the service. A socket listens on the published ports and starts a
 * proxy, which starts, pauses and stops the service: launcher/proxy.c. [Install] is then about the socket.
 */

#include "quadlet/draft.h"

/* PublishPort=, for masu or with OnDemand= for the socket. Faults become messages. */
void draft_ports(struct quadlet_draft *d);

/* The texts of the units, as pairs of a name and a text; nothing without OnDemand=. 0 or -ENOMEM. */
int quadlet_on_demand_units(const struct quadlet_draft *d, char ***ret_units);

/* Leads the links of [Install], except aliases, to the socket. 0 or -ENOMEM. */
int quadlet_on_demand_links(const struct quadlet_draft *d, char **links);
