/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The systemd manager of the caller: the system's, or the user's own. */

#include <stdbool.h>

#include "base/err.h"

/*
 * Finds the D-Bus addresses at which the manager can be reached, as options of masu-systemd in the order
 * in which they are to be tried: "--private" and the address of the manager's own socket (one hop, no
 * message bus), "--bus" and the address of a message bus. Only looks at files: a manager may still
 * refuse the connection.
 *
 * The user manager is found by its private socket, by $DBUS_SESSION_BUS_ADDRESS and by the socket "bus" of
 * the runtime directory. -ENOTCONN (ERR_UNAVAILABLE) if no manager is found.
 */
int manager_find(bool system, char ***ret_options, struct masu_error *err);

/*
 * Which manager is the caller's: true for the system's. Root of a user namespace that a user created
 * (rootless podman calls its runtime in one) has that user's manager; where systemd is process 1 of the
 * namespace (a container that boots), it has the system's.
 */
bool manager_is_system(void);

/*
 * The caller's runtime directory, to be freed: $XDG_RUNTIME_DIR if it belongs to the caller, else
 * /run/user/UID: so a start from sudo, su or cron finds it. NULL without either, and without memory.
 */
char *manager_runtime_dir(void);
