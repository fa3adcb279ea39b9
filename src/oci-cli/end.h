/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "oci-cli/bundle.h"

/*
 * Removes what is left of a stopped container: its cgroup, what it has in ROOT, and runs its
 * poststop hooks. With `force` one that lives is killed first, and one that isn't there is fine.
 */
int end_container(const char *root, const char *id, bool force, struct err *err);

/* The same for who knows that it has stopped, and its state; `dirfd` is ROOT/ID. */
int end_stopped(const char *root, int dirfd, const struct bundle_state *s, struct err *err);

/*
 * The same for one whose `run` was killed, which would have deleted it. 1 when there was such a one,
 * 0 for any other.
 */
int end_abandoned(const char *root, const char *id, struct err *err);
