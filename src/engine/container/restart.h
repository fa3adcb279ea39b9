/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Restart policies. The exit command of a monitor (launcher/policy.c) cleans up after a run, waits, and starts the
 * container again. Two files in the container's directory decide whether it may:
 *
 *	"stopped"	the user has ended the container. It lasts until the user starts it again, also across boots.
 *	"restarting"	exists and is locked by flock(2) from the end of a run to the next start. Its text is the pid of
 *			the waiting process, which inotify(7) tells of its removal: a waiting process without it gives
 *			up. A file that nobody has locked is a leftover and has no meaning.
 *
 * The container itself is not locked during the wait, so that it can be started, removed or changed at once.
 */

#include <stdbool.h>

#include "engine/container/record.h"
#include "masu.h"

#define RESTARTING_FILE "restarting"

/* Checks a policy and writes it to the record. ERR_INVALID; ERR_CONFLICT with auto_remove. */
int restart_set(struct record *record, enum masu_restart policy, int max, struct masu_error *err);

/* MASU_RESTART_NO without one. */
enum masu_restart restart_policy(const struct record *record);

/*
 * Can a run of this container end with another start? By the policy, or because it became unhealthy and its health
 * check restarts it.
 */
bool restart_is_possible(const struct record *record);

/* ERR_CONFLICT for a record with a restart and the cgroup of a unit, in which systemd restarts the container. */
int restart_check_unit(const struct record *record, struct masu_error *err);

/* Prints the policy as --restart takes it. */
const char *restart_name(enum masu_restart policy);

/* The wait in milliseconds before the next restart, from the one before the last start (0: none) and the time that it ran. */
int restart_delay_ms(int last_delay_ms, int64_t ran_ns);

/* Has the user ended the container since its last start? */
bool restart_is_stopped(int container_dir);

/* Has the user told it to end not longer ago than its stop timeout? It may ignore that. */
bool restart_is_stopping(int container_dir, const struct record *record);

/* Does the policy start a container again that has exited, after so many restarts? */
bool restart_is_due(const struct record *record, int exit_code, int restarts);

/*
 * Does the policy start the container when the machine boots? Not if it was never started: a policy takes effect with the
 * first start, as docker has it.
 */
bool restart_is_due_at_boot(const struct record *record, int container_dir);

/*
 * Ends the policy until the next start by the user: marks the container and ends a wait. A process that is starting the
 * container again is awaited: 0, or -ECANCELED when `cancel_fd`, unless it is -1, is readable.
 */
int restart_end(int container_dir, int cancel_fd);

/* Begins the policy of a container that the user starts: ends a wait and removes the mark. For health checks, too. */
void restart_begin(int container_dir, const struct record *record);

/* Does a process wait to start the container again? One that has not seen yet that the user stopped it does not count. */
bool restart_is_waiting(int container_dir);

/* A pidfd of the process that waits to start the container again, or -ESRCH. */
int restart_waiter(int container_dir);
