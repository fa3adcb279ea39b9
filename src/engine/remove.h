/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * After the end: cleaning up, stopping and removing. Whoever notices that a container has ended and
 * that nobody holds it does the cleaning up: its supervisor as a rule (the monitor by its exit
 * command), else the next command.
 */

#include <stdbool.h>

#include "engine/engine.h"
#include "engine/home.h"
#include "engine/record.h"
#include "engine/state.h"

/*
 * For a held container that doesn't run: removes its run-time directory and, with --rm, the
 * container. Nothing is said when that can't be done; the next sweep tries again.
 */
void engine_settle(struct engine *e, struct home *home);

/*
 * Moves the calling process, until now the container's monitor, out of a cgroup that masu made
 * itself (without systemd), which engine_settle() then can remove.
 */
void engine_leave_cgroup(const struct home *home);

/* Settles what was left by supervisors that were killed, and half-made containers. */
void engine_sweep(struct engine *e);

/* Removes a held container that doesn't run, and with `volumes` its anonymous volumes. */
int engine_discard(struct engine *e, struct home *home, const struct record *record, bool volumes,
		   struct err *err);

/* Sends a signal to the init. ERR_CONFLICT when it isn't running. */
int engine_kill(struct engine *e, const char *what, int signal, struct err *err);

/*
 * Ends a container: its stop signal, SIGKILL when it hasn't ended after `timeout_s` (-1: the
 * container's own), and waits until that is recorded and cleaned up. 0 also when it didn't run.
 */
int engine_stop(struct engine *e, const char *what, int timeout_s, struct err *err);

/* ERR_CONFLICT when it runs, unless `force` ends it first. */
int engine_remove(struct engine *e, const char *what, bool force, bool volumes, struct err *err);

/* Removes the container of that name, running or not, if there is one. */
int engine_replace(struct engine *e, const char *name, struct err *err);
