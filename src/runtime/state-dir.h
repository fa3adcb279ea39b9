/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state directory of a container, ROOT/ID. ROOT is --root of masu-oci or RUN/oci; of the engine's
 * containers it is RUN/containers.
 *
 *	config.json	a copy of the bundle's, as create read it: engines change theirs
 *	state.json	container-state.h; written when init exists
 *	.state.json	a draft of it, which nobody reads
 *	cgroup		a link whose text is what cgroup_open() takes; made before the group is
 *	config.lock	held while an update replaces config.json
 *	start.sock	init listens on it until it is started: it exists while the container is CREATED
 *	notify		readiness.h
 *
 * The creator of a container locks its directory (flock(2)) until it exits, by itself or killed. So a
 * directory without state.json is either being created or a leftover, which the next user of the id
 * removes. A supervisor holds the lock for the container's life; the commands never wait for it.
 *
 * ROOT/ID may also be a link to a directory elsewhere, whose owner manages the container: the engine
 * links its containers into RUN/containers while they run. Such a container can be inspected,
 * signalled, entered, paused and updated, but only its owner creates, starts and deletes it.
 */

#include <stdbool.h>

#include "base/err.h"

#define STATE_FILE   "state.json"
#define CONFIG_FILE  "config.json"
#define START_SOCKET "start.sock"
#define CGROUP_LINK  "cgroup"

struct state_dir {
	char *root, *id;
	int fd;
	bool managed; /* ROOT/ID is a link */
};
#define STATE_DIR_INIT	    ((struct state_dir){.fd = -1})
#define _cleanup_state_dir_ _cleanup_(state_dir_done)
void state_dir_done(struct state_dir *d); /* closes the directory, and so releases the lock */

/* [A-Za-z0-9_+-][A-Za-z0-9_+.-]*: the id becomes the name of a file. EINVAL. */
int state_dir_check_id(const char *id, struct masu_error *err);

/* `given` as an absolute path, or RUN/oci if it is NULL. The directory may be missing. */
int state_dir_root(const char *given, char **ret, struct masu_error *err);

/*
 * Creates ROOT/ID (and ROOT), opens and locks it. A leftover is removed first. EEXIST
 * (ERR_CONFLICT) if the container exists.
 */
int state_dir_create(const char *root, const char *id, struct state_dir *ret,
		     struct masu_error *err);

/*
 * Opens ROOT/ID. EINVAL for an invalid id; ENOENT (ERR_NOT_FOUND); EPERM (ERR_DENIED) for a directory
 * or link of another user.
 */
int state_dir_open(const char *root, const char *id, struct state_dir *ret, struct masu_error *err);

/* The path of a file in it. NULL when out of memory. */
char *state_dir_path(const struct state_dir *d, const char *name);

/* ERR_CONFLICT for a managed one: "cannot ACTION container ...". */
int state_dir_check_unmanaged(const struct state_dir *d, const char *action,
			      struct masu_error *err);

/* Does any process hold the lock? */
bool state_dir_is_locked(int dirfd);

/*
 * Acquires the lock of one that has no state.json, waiting for its creator at most `timeout_ms`: a
 * killed creator is outlived, for a moment, by its init, which holds the same lock. -EEXIST if there
 * is a state.json by then, -EBUSY if it is still being created.
 */
int state_dir_take_unfinished(const struct state_dir *d, int timeout_ms);

/* Removes one that has no state.json, and its cgroup. */
int state_dir_remove_unfinished(const struct state_dir *d, struct masu_error *err);

/*
 * Removes the cgroup that a creation has recorded in the directory before it was killed, and the record. Another container
 * may have the group: it stays if it has processes.
 */
void state_dir_remove_cgroup(int dirfd);

/* Removes ROOT/ID and its contents. */
int state_dir_remove(const struct state_dir *d, struct masu_error *err);

/*
 * The ids in ROOT, in no order, NULL for an empty list; with `pattern` those in which the extended
 * regular expression (regex(7)) matches anywhere. EINVAL for an invalid expression.
 */
int state_dir_list(const char *root, const char *pattern, char ***ret_ids, struct masu_error *err);
