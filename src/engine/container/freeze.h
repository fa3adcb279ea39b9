/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A pause that ends with its process: that of a commit. "frozen" in the container's directory is created and locked by
 * flock(2) before the container is paused, and removed after it was resumed. A process that finds a paused container and
 * an unlocked "frozen" resumes it, as the process that paused it was killed. Without the file a pause is the user's.
 */

#include <stdbool.h>

#include "engine/container/container.h"

struct freeze {
	int dir; /* the container's, or -1 */
	int lock;
};
#define FREEZE_INIT ((struct freeze){.dir = -1, .lock = -1})

/*
 * To be called before the container is paused. Waits until other such pauses of it have ended. ERR_SIGNAL if the caller
 * cancels. freeze_end() must follow also after an error.
 */
int freeze_begin(const masu_container *c, struct freeze *ret, struct masu_error *err);

/* To be called after the container was resumed, or could not be paused. */
void freeze_end(struct freeze *freeze);

/* In place of freeze_end() if the container could not be resumed: the next process that finds it paused tries it again. */
void freeze_leave(struct freeze *freeze);

/* Waits for the end of a pause that ends with its process. 0 also for other pauses. ERR_SIGNAL if the caller cancels. */
int freeze_await(const masu_container *c, struct masu_error *err);

/*
 * Resumes a paused container whose process of that pause was killed. True if it has: the state has changed. `dir` is the
 * container's directory.
 */
bool freeze_recover(const masu_container *c, int dir);

/* Removes the file of a process that was killed before it paused the container: the next pause is the user's. */
void freeze_forget(const masu_container *c);
