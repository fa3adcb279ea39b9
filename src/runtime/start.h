/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/instance.h"

/*
 * Starts a created container, runs its poststart hooks, and waits until it is ready if it was created
 * with a NOTIFY_SOCKET. ERR_CONFLICT in another status. After a failed hook it is deleted.
 */
int instance_start(const struct instance *c, struct masu_error *err);
