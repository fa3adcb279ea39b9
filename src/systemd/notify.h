/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service manager's notification socket (sd_notify(3)).
 *
 * The manager finds the sender of a message by the sender's cgroup, and so only while the sender lives. A
 * process that is about to exit sends a barrier as well: a descriptor that the manager closes when it has
 * read all earlier messages.
 */

/*
 * Sends `text`, lines of NAME=VALUE, to the socket `name` (of $NOTIFY_SOCKET: a path, or "@" and an
 * abstract name), and waits at most `timeout_ms` until the manager has read it; 0: does not wait. 0 or
 * -errno, -ETIME.
 */
int notify_manager(const char *name, const char *text, int timeout_ms);
