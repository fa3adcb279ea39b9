/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way to a systemd manager, and the connection to it. libsystemd is opened by dlopen(3) when a
 * connection is made, so that a start without a scope does not pay for it.
 */

#include <stdbool.h>

#include "base/err.h"

/* How a manager is reached. */
enum bus_way {
	BUS_NONE,    /* not at all */
	BUS_PRIVATE, /* the manager's own socket, one hop, without a message bus */
	BUS_SESSION, /* a message bus: the user's session bus, or the system bus */
	BUS_WAY_MAX
};

struct libsystemd;
struct sd_bus;

struct bus {
	struct libsystemd *lib;
	struct sd_bus *connection;
	enum bus_way way;
	char *address; /* "unix:path=/run/user/1000/systemd/private" */
};

#define BUS_INIT      ((struct bus){0})
#define _cleanup_bus_ _cleanup_(bus_done)

/*
 * Connects to the system manager or to the caller's user manager. The user manager is looked for at
 * its private socket, then $DBUS_SESSION_BUS_ADDRESS, then the runtime folder's "bus"; the runtime
 * folder is $XDG_RUNTIME_DIR when that is the caller's, else /run/user/UID when that is: so a start
 * from sudo, su or cron finds it. Nothing is waited for. -ENOTCONN (ERR_UNAVAILABLE) when there is
 * no manager; ERR_UNSUPPORTED when libsystemd is missing.
 *
 * A connection belongs to the process that made it; a forked child must make its own.
 */
int bus_open(bool system, struct bus *ret, struct err *err);
void bus_done(struct bus *bus);

/*
 * Which manager is the caller's: true for the system's. Root of a user namespace has the user's
 * manager when it was made by that user (rootless podman calls its runtime so), and the system's when
 * systemd is process 1 of the namespace (a container that boots).
 */
bool bus_system_is_ours(void);

/* The caller's runtime folder, found as above. NULL when there is none or no memory. */
char *bus_runtime_folder(void);
