/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The descendants of a process in a container, found in the host's /proc: the kernel has no name for them. They are the
 * processes of its session, and the children of any process of the tree. A process that has left the session and
 * whose parent has exited is not found: it is a daemon of the container.
 */

#include "runtime/instance.h"

/*
 * Sends SIGKILL to a child of the caller that leads a session, and to its descendants, until no new one appears. Does
 * not reap it. 0 or -errno.
 */
int process_tree_kill(const struct instance *c, pid_t root);
