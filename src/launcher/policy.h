/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The end of a run of a container in the background, by its restart policy: see engine/container/restart.h. */

#include "engine/container/container.h"

/* Must a locked container that was cleaned up be started again? Sets c->restarts then. */
bool policy_demands_start(masu_container *c);

/*
 * Waits c->restarts.delay_ms and starts such a container. 0 also if another process has started, stopped or removed it
 * meanwhile. The caller exits after it: it holds locks.
 */
int policy_follow(masu_container *c, struct masu_error *err);
