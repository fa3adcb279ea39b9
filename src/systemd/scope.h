/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Transient scopes: units, and so cgroups, that systemd creates around processes of the caller's. A program
 * of its own speaks to systemd (masu-systemd.c). To load that program and to create a scope takes
 * milliseconds, so a start does it in steps, with other work in between.
 *
 * Properties are a vector of "NAME=VALUE": a unit's property by its D-Bus name, and its value in GVariant's
 * text format ("MemoryMax=uint64 67108864"; systemd/property.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct scope_request {
	const char *slice; /* "masu.slice", or NULL for the manager's default */
	const char *description;
	const pid_t *pids; /* at least one: a scope without processes cannot exist */
	size_t n_pids;
	char *const *properties;
};

struct scope_job;
void scope_job_free(struct scope_job *job);
DEFINE_FREEP(scope_job)
#define _cleanup_scope_job_ _cleanup_(scope_job_freep)

/*
 * Starts masu-systemd, which connects to the manager; `name` is the unit's. Does not wait. -ENOTCONN
 * (ERR_UNAVAILABLE) if no manager is found; ERR_UNAVAILABLE if masu-systemd is missing.
 */
int scope_prepare(bool system, const char *name, struct scope_job **ret, struct masu_error *err);

/* Waits until the manager is connected. -ENOTCONN (ERR_UNAVAILABLE) if it refuses the connection. */
int scope_connect(struct scope_job *job, struct masu_error *err);

/* Sends the request and does not wait for the answer. The request may be dropped afterwards. */
int scope_begin(struct scope_job *job, const struct scope_request *request, struct masu_error *err);

/* Has the manager start a service after the scope, and ignores its failure. After scope_begin(). */
void scope_start_service(struct scope_job *job, const char *unit);

/*
 * Waits until the scope exists and systemd has tried to move the processes into it: /proc/PID/cgroup tells
 * where they are. -EEXIST (ERR_CONFLICT) if a unit of that name exists, -ETIMEDOUT (ERR_UNAVAILABLE), or the
 * manager's error. If masu-systemd died, the unit is stopped, unless it holds the caller. The job can only
 * be freed afterwards.
 */
int scope_finish(struct scope_job *job, struct masu_error *err);

/*
 * For a start that failed, when its processes are dead: waits until systemd has finished the request, and
 * stops the unit that the request created. systemd takes a process that dies meanwhile for one that it has
 * moved, and keeps the empty scope active. Leaves alone a unit that existed before, and one that holds the
 * caller, which ends with the caller.
 */
void scope_undo(struct scope_job *job, int timeout_ms);

/*
 * Stops the unit, also a service, and waits for it: systemd sends SIGTERM and later SIGKILL to its processes. 0 also if no
 * such unit exists.
 */
int scope_stop(bool system, const char *name, int timeout_ms, struct masu_error *err);

/*
 * Changes properties of the unit, until the next boot, and waits for the answer. ERR_UNAVAILABLE if the
 * manager refuses it.
 */
int scope_set(bool system, const char *name, char *const *properties, int timeout_ms,
	      struct masu_error *err);

/*
 * Moves a process of the caller's into the unit's cgroup, or into the one "/PATH" below it (else ""), also
 * out of a login session, from where only systemd may move it. Waits for the answer. ERR_UNAVAILABLE if the
 * manager refuses it.
 */
int scope_attach(bool system, const char *name, const char *below, pid_t pid, int timeout_ms,
		 struct masu_error *err);

/* Starts masu-systemd, connected to the manager, for requests of other units (systemd/socket-unit.h). The caller stops it. */
struct helper;
int scope_open_helper(bool system, struct helper *ret, struct masu_error *err);

/* The manager, for `masu info`. */
struct scope_host {
	char *address; /* NULL if it cannot be reached ... */
	char *reason;  /* ... for this reason */
	bool linger;   /* a user manager that outlives the last log-out */
};
void scope_host_done(struct scope_host *host);

/* Does systemd start the caller's user manager at boot, and keep it after the last log-out? */
bool scope_user_lingers(void);

/* Connects to the manager. 0, also if it cannot be reached; -ENOMEM. */
int scope_available(bool system, struct scope_host *ret);
