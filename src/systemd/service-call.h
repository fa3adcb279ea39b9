/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests of masu-systemd about services that exist. `deadline` is of time_monotonic_ms(). */

#include "systemd/connection.h"

/*
 * Starts or restarts the service and waits for the end of the job: "start", "restart". "reset" forgets that it has failed,
 * and how often it was started. ERR_NOT_FOUND; ERR_UNAVAILABLE if the job does not end well.
 */
int service_call_job(struct connection *c, const char *unit, const char *verb, int64_t deadline,
		     struct masu_error *err);

/* Its ActiveState: "active", "inactive", "failed", "activating" etc. ERR_NOT_FOUND if no such unit can be loaded. */
int service_call_state(struct connection *c, const char *unit, int64_t deadline, char **ret,
		       struct masu_error *err);
