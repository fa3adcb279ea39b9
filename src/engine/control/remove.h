/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Cleaning up after the exit of a container. Whoever notices that a container has exited and that its lock is free
 * does it: its supervisor as a rule (the monitor by its exit command), else the next command.
 */

#include <stdbool.h>

#include "engine/container/container.h"
#include "engine/container/state.h"

/*
 * A restart holds this file in the container's directory by flock(2). While it does, the exit of a container with
 * auto_remove does not remove it. A file that nobody holds is a leftover and has no meaning.
 */
#define RESTART_FILE "restart"

/*
 * For a locked container that is not running: writes the event of its end, removes its run-time directory and, with
 * auto_remove, the container. `ending` is for the supervisor, which may not have recorded it; others pass NULL. A
 * failure is not reported; the next sweep tries again.
 */
void engine_settle(masu_container *c, const struct ending *ending);

/*
 * Ends the process of a running container, whose state is fresh, and waits for its end. `timeout_s` and `signal` are as
 * struct masu_stop_options has them. -ECANCELED with ERR_SIGNAL if the caller cancels.
 */
int container_end(const masu_container *c, int timeout_s, int signal, struct masu_error *err);

/*
 * Stops a container as masu_container_stop() does, but not as the user: systemd still holds its ports on demand, and the
 * restart policy stays. 0 also if it does not run.
 */
int container_stop_idle(masu_container *c, struct masu_error *err);

/* Settles the leftovers of supervisors that were killed, and half-created containers. */
void engine_sweep(struct masu_engine *e);

/* Removes a locked container that is not running, and with `volumes` its anonymous volumes. */
int engine_discard(masu_container *c, bool volumes, struct masu_error *err);

/* Removes a container that does not run. 1, or 0 if it runs by now, another process holds it, or it was removed. */
int container_remove_idle(masu_container *c, struct masu_error *err);

/* Removes a container by name or id, running or not, with its anonymous volumes. 0 also if it does not exist. */
int container_purge(struct masu_engine *e, const char *name, struct masu_error *err);
