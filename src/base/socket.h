/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stream sockets of others that are named by path, to which descriptors are handed over. */

#include <stddef.h>

/* Connects, also to a path that is longer than an address. The descriptor or -errno. */
int socket_connect(const char *path);

/*
 * Sends bytes, at least one, and a descriptor with the first of them. 0 or -errno, -EPIPE when the
 * other side has gone.
 */
int socket_send_fd(int socket_fd, const void *bytes, size_t size, int fd);
