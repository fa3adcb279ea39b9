/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories of containers, and their locks.
 *
 *	DATA/containers/.new-ID		being made; becomes ID by rename when its record is whole
 *	DATA/containers/ID		a container
 *	DATA/containers/.trash-ID	being removed
 *	DATA/containers/names/NAME	a link to ID (engine/container/names.h)
 *
 * The lock is flock(2) on the directory itself, whatever its name: the lock of a state directory
 * (runtime/state-dir.h). Its holders are the creator, the launcher, the supervisor (masu, or
 * masu-monitor) until the end is recorded and cleaned up, and the remover. So without a holder .new-ID
 * is a leftover, and a container that is not running has ended.
 */

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "engine/name.h"

#define HOME_NEW_PREFIX ".new-"

struct home {
	char id[ID_LENGTH + 1];
	int fd; /* the directory; holds the lock when `held` */
	bool held;
};
#define HOME_INIT      ((struct home){.fd = -1})
#define _cleanup_home_ _cleanup_(home_done)
void home_done(struct home *home); /* closes, and so releases */

/*
 * Makes .new-ID, held, with a new id and a reserved name: `name`, or a random one when NULL.
 * EINVAL for a bad name; EEXIST (ERR_CONFLICT) names the container that has it.
 */
int home_make(const struct masu_engine *e, const char *name, struct home *ret, char **ret_name,
	      struct masu_error *err);

/* EEXIST as home_make has it, for a name that is in use already; it may be taken the next moment. */
int home_check_name(const struct masu_engine *e, const char *name, struct masu_error *err);

/* Gives a container the name `to` in place of `from`. EEXIST as home_make has it. */
int home_move_name(const struct masu_engine *e, const struct home *home, const char *from,
		   const char *to, struct masu_error *err);

/* Renames .new-ID to ID: from here on others see it. */
int home_publish(const struct masu_engine *e, const struct home *home, struct masu_error *err);

/* Opens a container's directory without holding it. ENOENT when it has gone. */
int home_open(const struct masu_engine *e, const char *id, struct home *ret,
	      struct masu_error *err);

/* ERR_NOT_FOUND: the container has been removed since it was opened. */
int home_removed(const struct home *home, struct masu_error *err);

/*
 * Takes hold, waiting for others at most `timeout_ms`. -EWOULDBLOCK when it is still held,
 * -ENOENT when the container was removed meanwhile.
 */
int home_hold(struct home *home, const struct masu_engine *e, int timeout_ms);

/* Releases the lock and keeps the directory open. */
void home_release(struct home *home);

/*
 * Counts the temporary files of killed processes in the directory of a container that the caller holds (base/file.h), or
 * removes them. 0 also while another process updates the record or records a health check.
 */
size_t home_count_temporary(const struct home *home);
size_t home_remove_temporary(const struct home *home);

/* Does any process hold it? */
bool home_is_held(const struct home *home);

/* The id for a name, an id, or the beginning of exactly one. ENOENT; ERR_CONFLICT for several. */
int home_find(const struct masu_engine *e, const char *what, char ret_id[ID_LENGTH + 1],
	      struct masu_error *err);

/*
 * The ids of all containers, in no order, NULL for an empty list; or of those that have a state file
 * or a link in RUN, which is quick also among many that have ended.
 */
int home_list(const struct masu_engine *e, char ***ret_ids, struct masu_error *err);
int home_list_started(const struct masu_engine *e, char ***ret_ids, struct masu_error *err);

/* The latter, and those that may wait for a restart. */
int home_list_live(const struct masu_engine *e, char ***ret_ids, struct masu_error *err);

/*
 * Removes the directories and the name of a container that the caller holds, in this order: out of
 * sight, the name, the contents. Under whichever name the directory still has.
 */
int home_remove(struct masu_engine *e, struct home *home, const char *name, struct masu_error *err);

/* Removes the leftovers of processes that were killed. After a failure the next sweep tries again. */
void home_sweep(struct masu_engine *e);
