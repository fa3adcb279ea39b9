/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a pull shows on stderr: on a terminal one line a layer, redrawn; otherwise a line when a layer
 * begins and one when it is done; nothing when quiet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_phase {
	PROGRESS_WAITING,
	PROGRESS_LOADING,
	PROGRESS_UNPACKING,
	PROGRESS_DONE,
	PROGRESS_EXISTS,
	PROGRESS_PHASE_MAX
};

struct progress;

/* `n` layers. NULL when out of memory. */
struct progress *progress_new(size_t n, bool quiet);
void progress_free(struct progress *p);
static inline void progress_freep(struct progress **p)
{
	progress_free(*p);
}
#define _cleanup_progress_ _cleanup_(progress_freep)

/* Says what layer `i` is; `name` must outlive it. Layers of one name have one line. */
void progress_name(struct progress *p, size_t i, const char *name, uint64_t size);

/* Notes where it stands; draws at most ten times a second. */
void progress_set(struct progress *p, size_t i, enum progress_phase phase, uint64_t done);

/* Draws a last time. Before any other output. */
void progress_finish(struct progress *p);

/* "12.3 MB" */
#define PROGRESS_SIZE_MAX 32
const char *progress_size(uint64_t bytes, char buffer[PROGRESS_SIZE_MAX]);
