/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * .network files and Network= of containers. A container of masu has a network of its own. This has the meaning of a
 * network of podman as long as one container is in it: it reaches the outside, and is reached by published ports. Containers
 * that share a network expect to reach each other by their names, which masu lacks: they are refused.
 */

#include "quadlet/draft.h"

/* Network= of a container. */
void draft_network(struct quadlet_draft *d);

/* The unit of a .network file. */
void quadlet_translate_network(struct quadlet_draft *d);
