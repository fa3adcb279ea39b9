/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Waiting for a container, without polling.
 *
 * The kernel reports what the files in the container's directory say about it (engine/state.h): each
 * change of them is an inotify event. The end of a run is the end of its supervisor, the parent of
 * init, which has recorded the exit code and cleaned up by then. So the caller can start or remove
 * the container at once.
 *
 *	for (;;) {
 *		int r = wait_step(w, &result, err);
 *		if (r != 0)
 *			break;
 *		poll(wait_fd(w), POLLIN)
 *	}
 */

#include <stdbool.h>

#include "engine/engine.h"

enum wait_condition {
	WAIT_CREATED = 1 << 0,
	WAIT_RUNNING = 1 << 1,
	WAIT_STOPPED = 1 << 2, /* it has run and ended; a created container is waited for, too */
	WAIT_REMOVED = 1 << 3,
};

struct wait;

/* Waits for one of the conditions. ENOENT when the container does not exist. */
int wait_new(struct engine *e, const char *what, unsigned int conditions, struct wait **ret,
	     struct err *err);
void wait_free(struct wait *w); /* takes NULL */
static inline void wait_freep(struct wait **w)
{
	wait_free(*w);
}
#define _cleanup_wait_ _cleanup_(wait_freep)

/* Polls as readable when wait_step() may have something to report. */
int wait_fd(const struct wait *w);

/*
 * 1 when a condition holds: *ret_exit_code is 0 to 255, or -1 for a container that has not ended. 0
 * when none does. ENOENT when the container was removed, its exit code is not known, and WAIT_REMOVED
 * is not among the conditions.
 */
int wait_step(struct wait *w, int *ret_exit_code, struct err *err);
