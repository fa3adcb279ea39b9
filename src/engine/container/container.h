/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One container: the struct behind the handle of masu.h. Its directory is open, and locked, only within a call, so
 * that a caller may keep any number of handles.
 */

#include "engine/container/home.h"
#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/engine.h"
#include "masu.h"
#include "oci/spec.h"
#include "runtime/instance.h"

struct masu_container {
	struct masu_engine *engine;
	struct home home; /* its fd is -1 between calls */
	char *dir;	  /* DATA/containers/ID */
	struct record record;
	struct state state;	  /* as of the last look */
	enum masu_health health;  /* the same */
	struct restarts restarts; /* that the next start records */
	struct oci_spec *spec;	  /* NULL until it is needed */
	bool fresh;		  /* the caller has created it: its files are of this moment */
};

#define _cleanup_masu_container_ _cleanup_(masu_container_freep)

/* A handle without a record. `id` is "" for a container that is being created. */
int container_new(struct masu_engine *e, const char *id, masu_container **ret,
		  struct masu_error *err);

/* Opens the directory, unless it is open. ENOENT if the container was removed. */
int container_open(masu_container *c, struct masu_error *err);

/*
 * Opens and locks the directory of a container that is not running, and waits for others that hold it for a moment.
 * ERR_CONFLICT with -EBUSY if it is running or being started, or held for long; -ENOENT if it was removed. A failure
 * closes the directory.
 */
int container_lock(masu_container *c, struct masu_error *err);

/*
 * The same, but waits for a container that is being started, and accepts one that runs or is initialized. 1: locked, and
 * without processes; 0: with processes, with a fresh state, and the directory is closed.
 */
int container_lock_unless_running(masu_container *c, struct masu_error *err);

/* Closes the directory, and so releases the lock. */
void container_close(masu_container *c);

/*
 * Opens and locks it for a start, with its spec read and the engine's id map loaded. ERR_CONFLICT if another
 * process holds the lock: the container is running or starting.
 */
int container_take_up(masu_container *c, struct masu_error *err);

/* Reads the record from the open directory, with the name that the container has now. */
int container_read_record(const masu_container *c, struct record *ret, struct masu_error *err);

/* Reads the spec unless it was read. The directory must be open. */
int container_read_spec(masu_container *c, struct masu_error *err);

/*
 * Reads state and health. The directory must be open, and the record read. Resumes the container first if a killed process
 * has left it paused.
 */
int container_look(masu_container *c, struct masu_error *err);

/*
 * Refreshes the state until no other process is starting the container: a signal that comes before the execve(2) would be
 * lost, and no process may enter. ERR_CONFLICT with EBUSY after half a minute.
 */
int container_await_start(masu_container *c, struct masu_error *err);

/* The same, and finds the runtime's container. ERR_CONFLICT with ESRCH if it is not running. */
int container_instance(masu_container *c, struct instance *ret, struct masu_error *err);

/* The same, but accepts also one that is initialized. */
int container_created_instance(masu_container *c, struct instance *ret, struct masu_error *err);

/* Containers, newest first. */
struct masu_container_list {
	masu_container **item;
	size_t n;
	uint64_t reclaimed; /* bytes, by a prune */
};
#define _cleanup_masu_container_list_ _cleanup_(masu_container_list_freep)
