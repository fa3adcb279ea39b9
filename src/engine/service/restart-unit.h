/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The restart of a service with a new image, and the judgment whether it works. */

#include "engine/service/candidate.h"

/* Containers of one unit; at least one. */
struct unit_group {
	struct candidate *item;
	size_t n;
};

/*
 * Restarts the service, or with the verb "start" waits until it has started, and looks whether it works: systemd's job
 * has succeeded, which waits for READY=1; each container with a health check becomes healthy; and the service has not
 * ended by then. 0; -ECANCELED (ERR_SIGNAL) if the caller cancels; or the error that makes the image a bad one.
 */
int unit_restart(struct masu_engine *e, const struct unit_group *group, const char *verb,
		 struct masu_error *err);

/* Lets the next restart take place also after many failures. */
void unit_reset(const struct unit_group *group);

/* As service_state() has it. */
int unit_state(const struct unit_group *group, char **ret, struct masu_error *err);
