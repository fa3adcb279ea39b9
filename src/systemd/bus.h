/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The way to a systemd manager, and a connection to it. */

#include <stdbool.h>

#include "base/err.h"
#include "systemd/dbus.h"

/* The message bus itself, where there is one; also the name of its interface. */
#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

/* How a manager is reached. */
enum bus_way {
	BUS_NONE,    /* not at all */
	BUS_PRIVATE, /* the manager's own socket, one hop, without a message bus */
	BUS_SESSION, /* a message bus: the user's session bus, or the system bus */
	BUS_WAY_MAX
};

struct bus {
	int fd;
	enum bus_way way;
	char *address; /* "unix:path=/run/user/1000/systemd/private" */
	uint32_t serial;
	bool accepted;	     /* the server took us for who we are */
	struct strbuf input; /* what came and wasn't given out yet ... */
	size_t given;	     /* ... but for these first bytes */
};

#define BUS_INIT      ((struct bus){.fd = -1})
#define _cleanup_bus_ _cleanup_(bus_done)

/*
 * Connects to the system manager or to the caller's user manager. The user manager is looked for at
 * its private socket, then $DBUS_SESSION_BUS_ADDRESS, then the runtime directory's "bus"; the runtime
 * directory is $XDG_RUNTIME_DIR when that is the caller's, else /run/user/UID when that is: so a start
 * from sudo, su or cron finds it. Nothing is waited for. -ENOTCONN (ERR_UNAVAILABLE) when there is
 * no manager.
 */
int bus_open(bool system, struct bus *ret, struct err *err);
void bus_done(struct bus *bus);

/*
 * Which manager is the caller's: true for the system's. Root of a user namespace has the user's
 * manager when it was made by that user (rootless podman calls its runtime so), and the system's when
 * systemd is process 1 of the namespace (a container that boots).
 */
bool bus_system_is_ours(void);

/*
 * Sends a call, whose answer will have this serial as its reply_serial; to the private socket once that
 * has answered the greeting. -errno of sendmsg(2), or as bus_receive().
 */
int bus_call(struct bus *bus, const struct dbus_call *call, const struct dbus_body *body,
	     uint32_t *ret_serial);

/*
 * Waits for the next message, until time_monotonic_ms() is `deadline`. It is valid until the next
 * call. -ETIMEDOUT, -ECONNRESET at the end of the connection, -EACCES when the server doesn't take
 * us, -EBADMSG for bytes that are no D-Bus.
 */
int bus_receive(struct bus *bus, int64_t deadline, struct dbus_message *ret);

/* The caller's runtime directory, found as above. NULL when there is none or no memory. */
char *bus_runtime_dir(void);

/*
 * The first "unix:" address of a list as $DBUS_SESSION_BUS_ADDRESS has it, as the name of a socket:
 * its first byte is '/', or '@' for an abstract one. NULL when there is none or no memory.
 */
char *bus_parse_address(const char *list);
