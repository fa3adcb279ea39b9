/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/instance.h"

/*
 * Deletes a stopped or created container: its processes, its cgroup and its state directory, then runs
 * its poststop hooks. With `force` a running one is killed first, and a missing one is ignored.
 * ERR_CONFLICT for one that runs, is being created, or is managed (state-dir.h).
 */
int instance_delete(const char *root, const char *id, bool force, struct masu_error *err);

/* The same for a caller who knows that it is stopped. */
int delete_stopped(const struct state_dir *dir, const struct container_state *s,
		   struct masu_error *err);

/* Deletes a container whose supervisor was killed. 1 if it was one, 0 for any other. */
int delete_abandoned(const char *root, const char *id, struct masu_error *err);
