/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Making the cgroup of a container, by systemd or by mkdir. It is begun right after the container's
 * init was cloned and finished when the rest of the set-up is done, so that systemd's part of the
 * work costs no time of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "cgroup/devices.h"
#include "cgroup/limits.h"

enum cgroup_manager {
	CGROUP_MANAGER_SYSTEMD,
	CGROUP_MANAGER_CGROUPFS,
	CGROUP_MANAGER_UNIT, /* the delegated group of the caller's own unit, divided as a scope is */
	CGROUP_MANAGER_NONE,
	CGROUP_MANAGER_MAX
};

struct cgroup_plan {
	enum cgroup_manager manager;
	bool system; /* real root: the system manager, the whole hierarchy */

	/* May there be none, where no limits were asked for? AUTO: where an ordinary user can't. */
	enum cgroup_lack { CGROUP_LACK_AUTO, CGROUP_LACK_ALLOWED, CGROUP_LACK_REFUSED } lack;

	/* systemd */
	bool systemd_alone; /* root has no group like a scope's made where systemd makes none */
	const char *scope;  /* "masu-web.scope" */
	const char *slice;  /* "masu.slice", or NULL */
	const char *description;
	char *const *properties;  /* further ones, "NAME=VALUE" (systemd/scope.h), or NULL */
	unsigned stop_timeout_ms; /* between SIGTERM and SIGKILL of `systemctl stop`; 0: default */

	/*
	 * cgroupfs: from the root of the hierarchy when it begins with a slash, else from the
	 * caller's own group; of v2, where `system`, from its parent. Its parts may not be "..".
	 */
	const char *path;

	/*
	 * A scope gets monitor/ and container/ with the limits on the latter. Otherwise the limits are
	 * those of the scope itself, known to systemd as its properties.
	 */
	bool split;

	/*
	 * Not split: the container is in the group `sub` of the scope; NULL: in its own. And there,
	 * when it has made its cgroup namespace, in the group `delegate`; NULL: where it was.
	 */
	const char *sub, *delegate;

	/* v1: in all hierarchies, also those that no limit needs: engines count there. */
	bool everywhere;

	const struct oci_resources *limits; /* or NULL */
	/*
	 * By limits->devices, which must be there: for a container that is made by root of the host,
	 * whose power over devices opens each node that the container can reach.
	 */
	bool device_filter;

	/* The host's user to whom the container's group is given (v2 alone). */
	bool has_owner;
	uid_t owner;

	/*
	 * A link to create before a group is created by mkdir, so that it can be removed after a kill. Its text
	 * is a record for cgroup_open(). NULL: none. If the group is another container's, the link names it for a moment.
	 */
	const char *record_link;
};

struct cgroup_job;
void cgroup_job_free(struct cgroup_job *job);
DEFINE_FREEP(cgroup_job)
#define _cleanup_cgroup_job_ _cleanup_(cgroup_job_freep)

/*
 * Frees the job of a start that failed at any step, after its processes were killed: a scope that
 * systemd made for it is stopped, and its name is free again.
 */
void cgroup_job_abort(struct cgroup_job *job);

/*
 * Checks the limits, and creates the group by mkdir, or starts masu-systemd, which connects to systemd
 * meanwhile. The plan and all it points to must stay until the end of the job, and all its steps must run in
 * one process.
 *
 * If no manager or no writable cgroup exists, and no limits were requested, the job is an empty one and
 * cgroup_take_notice() tells why. With limits, or a device filter that denies anything (unless
 * CGROUP_LACK_ALLOWED), this is an error: ERR_UNAVAILABLE or ERR_UNSUPPORTED. For root without systemd, or
 * with cgroup v1, the group is /SLICE/SCOPE, created by mkdir.
 */
int cgroup_prepare(const struct cgroup_plan *plan, struct cgroup_job **ret, struct masu_error *err);

/*
 * The group of cgroup v2 in which init can be born (clone3(2), CLONE_INTO_CGROUP) after the group was
 * made by mkdir, also within the caller's unit, else -1. The job's, until the end of cgroup_finish().
 */
int cgroup_birthplace(const struct cgroup_job *job);

/*
 * Waits for the connection to systemd and sends the request for a scope that holds `pids`: the init, with `split` the
 * helpers that run already, and best also the supervisor. Helpers are then born in the scope, from where only the
 * system manager could fetch them later, and the scope with its counts outlives the container's last process. Without
 * the supervisor in it systemd removes the scope at once. An init that was born in its group isn't among them. Only
 * init moves to a group that was created by mkdir.
 */
int cgroup_begin(struct cgroup_job *job, const pid_t *pids, size_t n_pids, struct masu_error *err);

/*
 * Waits for the scope, divides it, moves `init` to container/ and whatever else is in the scope to
 * monitor/, and writes the limits and the device filter. From here on init's children are under the
 * limits; until here it must not have made any. After an error, init is to be killed before
 * cgroup_job_abort(), which removes the group.
 */
int cgroup_finish(struct cgroup_job *job, pid_t init, struct cgroup **ret, struct masu_error *err);

/*
 * Has the user manager start a service when it has created the scope. Nothing waits until it runs, or reports its
 * failure. Without a user manager, this does nothing. Between cgroup_begin() and cgroup_finish().
 */
void cgroup_start_service(struct cgroup_job *job, const char *unit);

/* One line for the user about a missing cgroup, to be freed, or NULL. After cgroup_begin(). */
char *cgroup_take_notice(struct cgroup_job *job);

/*
 * Moves init, which has made its cgroup namespace, to the group of this name below the container's,
 * so that the container's payload can divide that group (v2 alone).
 */
int cgroup_delegate(const struct cgroup *cg, const struct cgroup_plan *plan, pid_t init,
		    struct masu_error *err);

/*
 * Changes the limits of a container. `all` has all limits after the change; only those of `given`, and those that the
 * kernel takes together with them, are written. If the group is systemd's, systemd gets them too, so that it does not
 * undo them. Device rules are written if `given` has any.
 */
int cgroup_update(const struct cgroup *cg, const struct oci_resources *given,
		  const struct oci_resources *all, struct masu_error *err);
