/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The part of the engine that needs a process of masu's own: one with one thread, whose signals, streams and memory
 * do not belong to an embedder. masu_container_start() and masu_container_run() are such functions, too.
 *
 * Each exists twice, and the linker chooses. In the program masu they work in the process itself (launcher/). In
 * libmasu they run "masu launch" (spawn.c), which calls them there and reports on a socket.
 */

#include <stdint.h>

#include "engine/engine.h"

/*
 * Removes directory trees whose files may belong to sub-ids, by their names in DATA/`dir`. Names that are gone
 * are passed over.
 */
int launcher_remove_trees(struct masu_engine *e, const char *dir, char *const *names,
			  struct masu_error *err);

/*
 * Writes to `fd`, a file, the size of each tree, a uint64_t as tree_size() has it, by their paths in DATA. One that does not
 * exist has none.
 */
int launcher_measure_trees(struct masu_engine *e, char *const *paths, int fd,
			   struct masu_error *err);

/* Mounts an overlay of DIR/lower, upper and work on DIR/root as a container would, and unmounts it. */
int launcher_probe_overlay(struct masu_engine *e, const char *dir, struct masu_error *err);

/* The messages of "masu launch FD VERB ARGUMENT...", besides CHANNEL_ERROR. */
enum {
	LAUNCH_DONE = 1, /* an int32_t: the exit status of a container that was run, else 0 */
	LAUNCH_NOTICE,	 /* a line for the user */
};
