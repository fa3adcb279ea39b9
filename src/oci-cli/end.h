/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/*
 * Removes what is left of a stopped container: its cgroup, what it has in ROOT, and runs its
 * poststop hooks. With `force` one that lives is killed first, and one that isn't there is fine.
 */
int end_container(const char *root, const char *id, bool force, struct err *err);
