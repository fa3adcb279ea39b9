/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service manager's notification socket (sd_notify(3)).
 *
 * Whom a message is from the manager finds out by the sender's cgroup, and so only while the sender
 * lives. So who is about to end sends a barrier as well, a descriptor that the manager closes when it
 * has read all before it.
 */

/*
 * Sends `text`, lines of NAME=VALUE, to the socket `name` (of $NOTIFY_SOCKET: a path, or "@" and an
 * abstract name), and waits until it is read, no longer than `timeout_ms`; 0: it doesn't wait. 0 or
 * -errno, -ETIME.
 */
int notify_manager(const char *name, const char *text, int timeout_ms);
