/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Services of the caller's systemd manager, by masu-systemd. All fail with ERR_UNAVAILABLE if no manager answers. */

#include <stdbool.h>

#include "base/err.h"

/*
 * Starts or restarts a service, and waits for the end of systemd's job: "start", "restart". For how long is up to the unit
 * (TimeoutStartSec=). "reset" forgets that the service has failed, and how often it was started: a restart is not refused
 * then. ERR_NOT_FOUND; ERR_UNAVAILABLE if the job fails; -ECANCELED (ERR_SIGNAL) when `cancel_fd` is readable (-1: never),
 * while systemd goes on with the job.
 */
int service_job(bool system, const char *unit, const char *verb, int cancel_fd,
		struct masu_error *err);

/* Its ActiveState: "active", "inactive", "failed", "activating" etc., to be freed. ERR_NOT_FOUND if the unit does not exist. */
int service_state(bool system, const char *unit, char **ret, struct masu_error *err);
