/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container that says when it is ready (sd_notify(3), Type=notify), as runc and crun have it.
 *
 * Where who makes it has a $NOTIFY_SOCKET, the container gets one: ROOT/ID/notify is mounted on
 * /run/notify, read-only, and its NOTIFY_SOCKET is a socket there, of whoever starts the container.
 * That one waits for READY=1, and passes on this alone: whatever else the container says would be
 * taken for the word of the service (FDSTORE=1, MAINPID=1).
 */

#include <stdbool.h>
#include <sys/types.h>

#include "oci/spec.h"

/* Makes the directory and adds mount and variable to the spec, if there is $NOTIFY_SOCKET. */
int readiness_offer(const char *root, const char *id, struct oci_spec *spec, struct err *err);

/* Was it, to the container of this ROOT/ID? */
bool readiness_is_offered(int dirfd);

/*
 * Makes the container's socket in ROOT/ID, to be closed by the caller; -1 in *ret without a
 * $NOTIFY_SOCKET. ERR_CONFLICT for a container that was made without one.
 */
int readiness_listen(int dirfd, int *ret, struct err *err);

/*
 * Waits until the container is ready or has ended, and tells the service manager the former, and that
 * `pid` is what it should look at from then on. With `fd` -1 it does nothing.
 */
void readiness_wait(int fd, int pidfd, pid_t pid);

/* For who stays with the container: takes one message, and passes on, once, that it is ready. */
struct readiness {
	int fd;
	bool told;
};
void readiness_take(void *readiness);
