/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The gifts of the manager to a process of a systemd service, for the container of the service:
 *
 *	$LISTEN_FDS, $LISTEN_FDNAMES	sockets, and the descriptors that the container has stored (FDSTORE=1), if they are
 *					meant for this process ($LISTEN_PID); in any unit
 *	$NOTIFY_SOCKET, $WATCHDOG_USEC	with sdnotify "container": a socket of its own, and the watchdog's time
 *	$CREDENTIALS_DIRECTORY		with split_cgroup: mounted read-only on /run/credentials
 *	$MEMORY_PRESSURE_WATCH, _WRITE	with split_cgroup: the file is mounted on /run/memory.pressure
 */

#include "launcher/start.h"

/* Adds it to the plan and to the spec of this start. */
int inherit_plan(struct start *s, struct masu_error *err);
