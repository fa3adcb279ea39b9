/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Health checks: see engine/container/health.h. */

#include "engine/container/container.h"
#include "monitor/timer.h"

/* The exit status of masu container-check, for monitor/timer.h. A container that is paused or stopping is not checked. */
int check_for_supervisor(masu_container *c, struct masu_error *err);

/* The timer of a run. `program` is this program, and NULL without a health check. The plan borrows from both. */
struct timer_plan check_plan(const masu_container *c, const char *program);

/* Was the last run of a locked container ended to restart it, because it was unhealthy? */
bool check_demands_start(const masu_container *c, const struct record *record);
