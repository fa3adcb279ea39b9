/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * [Install] of a quadlet file. systemctl(1) cannot enable a generated unit, so the generator makes the links itself, below the
 * directory of the unit.
 */

#include "quadlet/draft.h"

/*
 * The links, as pairs of a path below the directory and its target: "default.target.wants/web.service", "../web.service".
 * Faults become messages. NULL when out of memory.
 */
char **quadlet_install_links(struct quadlet_draft *d);
