/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/instance.h"

/*
 * Sends a signal to the container's init, or with `all` to all of its processes; 0 only asks whether
 * it could be sent. SIGKILL also ends the processes that the init of a shared pid namespace leaves
 * behind, and those of a paused container. ESRCH (ERR_CONFLICT) if the container isn't running.
 */
int instance_kill(const struct instance *c, int signal, bool all, struct masu_error *err);
