/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notices about the host (no user manager, no sub-ids) stay true until the host is changed, so they are not repeated by
 * every command. RUN/notices lists the notices that this user was given, each after the id of the boot.
 */

#include <stdbool.h>

#include "storage/paths.h"

/* Returns whether the user was given this notice since the host was booted, and records it. */
bool notices_told(const struct paths *paths, const char *text);
