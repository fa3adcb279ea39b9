/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The service around a container: how systemd starts, reloads, stops and cleans up. */

#include "quadlet/draft.h"

/* Adds the lines of [Service], and the words of the command up to the options that the file sets. */
void draft_service(struct quadlet_draft *d);
