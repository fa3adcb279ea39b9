/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notices about the host (no user manager, no sub-ids) stay true until the host is changed, and are
 * not to be repeated by every command. RUN/notices lists those that this user was told, each after
 * the id of the boot.
 */

#include <stdbool.h>

#include "storage/paths.h"

/* Has the user been told this since the host was booted? From now on, yes. */
bool notices_told(const struct paths *paths, const char *text);
