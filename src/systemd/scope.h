/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Transient scopes: a unit, and so a cgroup, that systemd makes around processes of the caller's.
 * Making one takes systemd some milliseconds, so it is begun, and finished after other work.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "systemd/bus.h"
#include "systemd/variant.h"

enum scope_type { SCOPE_BOOL, SCOPE_UINT64, SCOPE_STRING, SCOPE_BYTES, SCOPE_TYPE_MAX };

/* A property of the unit, by its D-Bus name: MemoryMax, CPUQuotaPerSecUSec, CollectMode ... */
struct scope_property {
	const char *name;
	enum scope_type type;
	union {
		bool boolean;
		uint64_t number;
		const char *string;
		struct {
			const uint8_t *data;
			size_t size;
		} bytes; /* bit masks: AllowedCPUs, AllowedMemoryNodes */
	};
};

struct scope_request {
	const char *slice; /* "masu.slice", or NULL for the manager's default */
	const char *description;
	const pid_t *pids; /* at least one: a scope without processes can't be */
	size_t n_pids;
	bool delegate; /* the cgroup below is the caller's to divide */
	const struct scope_property *properties;
	size_t n_properties;
	const struct unit_properties *more; /* in words of the caller's, after those; or NULL */
};

struct scope_job;
void scope_job_free(struct scope_job *job);
static inline void scope_job_freep(struct scope_job **job)
{
	scope_job_free(*job);
}
#define _cleanup_scope_job_ _cleanup_(scope_job_freep)

/*
 * Connects to the manager, without waiting for its greeting; `name` is the unit's. -ENOTCONN
 * (ERR_UNAVAILABLE) when there is no manager.
 */
int scope_connect(bool system, const char *name, struct scope_job **ret, struct err *err);

/* Sends the request and doesn't wait for the answer. The request may be dropped afterwards. */
int scope_begin(struct scope_job *job, const struct scope_request *request, struct err *err);

/*
 * Waits until the scope is there and systemd did what it could to move the processes into it: where
 * they are is in /proc/PID/cgroup. -EEXIST (ERR_CONFLICT) when there is a unit of that name,
 * -ETIMEDOUT (ERR_UNAVAILABLE), or the manager's own error. The job can only be freed afterwards.
 */
int scope_finish(struct scope_job *job, int timeout_ms, struct err *err);

/*
 * For a start that failed, when its processes are dead: waits until systemd is done with the request, and
 * stops the unit that the request made. systemd takes a process that dies meanwhile for one that it moved,
 * and keeps the empty scope active. A unit that was there before is left alone.
 */
void scope_undo(struct scope_job *job, int timeout_ms);

/*
 * Stops the unit and waits for it: systemd sends SIGTERM and later SIGKILL to what is left in it.
 * 0 also when there is no such unit.
 */
int scope_stop(bool system, const char *name, int timeout_ms, struct err *err);

/*
 * Changes properties of the unit, until the machine goes down, and waits for the answer.
 * ERR_UNAVAILABLE for what the manager refuses.
 */
int scope_set(bool system, const char *name, const struct scope_property *properties, size_t n,
	      int timeout_ms, struct err *err);

/*
 * Moves a process of the caller's into the unit's group, or the one "/PATH" below it (else ""), also
 * from where only systemd may take it: out of a login session. Waits for the answer. ERR_UNAVAILABLE
 * for what is refused.
 */
int scope_attach(bool system, const char *name, const char *below, pid_t pid, int timeout_ms,
		 struct err *err);

/* What `masu info` tells about the manager. */
struct scope_host {
	enum bus_way way;
	char *address; /* NULL when not reached ... */
	char *why;     /* ... and then this says why */
	bool linger;   /* a user manager that outlives the last log-out */
};
void scope_host_done(struct scope_host *host);

/* Finds out how the manager is reached. 0, also when it is not; -ENOMEM. */
int scope_available(bool system, struct scope_host *ret);
