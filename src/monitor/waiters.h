/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The exit code of a container, for the processes that wait for its end.
 *
 * The exit file (protocol.h) does not serve them: it is missing for a container that is removed when
 * it exits, and the next start removes it. So a waiter creates WAITERS_FILE in the container's
 * directory, or opens it when another waiter has created it, and keeps it open. The supervisor removes
 * the file and writes the exit code into it, one byte. Without waiters this costs one system call.
 */

#define WAITERS_FILE "wait"

/* The file of a container's directory. -errno. */
int waiters_open(int container_dir);

/* The exit code that was written into it, or -ENODATA. */
int waiters_read(int fd);

/* For the supervisor. Does nothing without waiters. */
void waiters_notify(int container_dir, int exit_code);
