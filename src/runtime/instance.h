/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A container as the commands find it: its directory, its state, and its status at that moment. */

#include "oci/spec.h"
#include "runtime/container-state.h"
#include "runtime/state-dir.h"

struct instance {
	struct state_dir dir;
	struct container_state state;
	enum oci_status status;
	int pidfd; /* of init, or -1 when the container is stopped */
};
#define INSTANCE_INIT	   ((struct instance){.dir = STATE_DIR_INIT, .pidfd = -1})
#define _cleanup_instance_ _cleanup_(instance_done)
void instance_done(struct instance *c);

/* ENOENT ("container does not exist"); EBUSY (ERR_CONFLICT) while it is still being created. */
int instance_find(const char *root, const char *id, struct instance *ret, struct masu_error *err);

/* All containers of ROOT that have a state, by id. The caller frees each and the array. */
int instance_list(const char *root, struct instance **ret, size_t *ret_n, struct masu_error *err);
void instances_free(struct instance *list, size_t n);

/* The state as the specification has it, with what runc and crun add (owner, rootfs, created). */
int instance_to_json(const struct instance *c, struct json_object **ret, struct masu_error *err);

/* The cgroup of a container that isn't stopped, else ERR_CONFLICT. */
int instance_live_cgroup(const struct instance *c, struct cgroup **ret, struct masu_error *err);

/*
 * The processes of the container, as an array that the caller frees. A stopped container may have
 * some, if it has no pid namespace of its own.
 */
int instance_pids(const struct instance *c, pid_t **ret, size_t *ret_n, struct masu_error *err);

/* Freezes all processes, or thaws them, and waits for that. ERR_CONFLICT in the wrong status. */
int instance_pause(const struct instance *c, struct masu_error *err);
int instance_resume(const struct instance *c, struct masu_error *err);

/* After init of a paused container was killed: thaws it where it can't die frozen. */
void instance_let_die(const struct instance *c);

/*
 * Sends a signal to the container's init, or with `all` to all of its processes; 0 only asks whether
 * it could be sent. SIGKILL also ends the processes that the init of a shared pid namespace leaves
 * behind, and those of a paused container. ERR_CONFLICT: ESRCH if the container isn't running, EBUSY if it is being created.
 */
int instance_kill(const struct instance *c, int signal, bool all, struct masu_error *err);

/*
 * Changes the limits that `given` has and leaves the others: in the container's cgroup, and in the kept
 * config.json, from which the next update starts. ERR_CONFLICT if the container isn't running.
 */
int instance_update(const struct instance *c, const struct oci_resources *given,
		    struct masu_error *err);

/* The same in the kept config.json alone, for a container that is not running: its owner holds its lock. */
int instance_update_record(int dirfd, const struct oci_resources *given, struct masu_error *err);

/*
 * Changes the container's share of caches and memory bandwidth; NULL leaves one as it is. ERR_CONFLICT
 * for a container without linux.intelRdt.
 */
int instance_update_schemata(const struct instance *c, const char *l3_cache, const char *bandwidth,
			     struct masu_error *err);
