/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Containers that report that they are ready (sd_notify(3), Type=notify), as with runc and crun.
 *
 * If its creator has a $NOTIFY_SOCKET, the container gets one: ROOT/ID/notify is mounted on /run/notify,
 * read-only, and its NOTIFY_SOCKET is a socket there, which start opens. start waits for READY=1, and
 * passes on nothing else: other messages (FDSTORE=1, MAINPID=1) would be taken for the service's own.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "oci/spec.h"

/* Creates the directory, and adds mount and variable to the spec, if $NOTIFY_SOCKET is set. */
int readiness_offer(const char *root, const char *id, struct oci_spec *spec,
		    struct masu_error *err);

/* Has the caller a $NOTIFY_SOCKET? */
bool readiness_is_wanted(void);

/*
 * Sends lines of NAME=VALUE to the service manager, and waits at most `timeout_ms` (-1: for ever) until it has read them;
 * 0: does not wait. 0 or -errno, -ETIME.
 */
int readiness_tell(const char *text, int timeout_ms);

/* A socket that is connected to the service manager, for a supervisor that passes on messages; or -errno. */
int readiness_connect(void);

/* Does the container of this ROOT/ID have one? */
bool readiness_is_offered(int dirfd);

/*
 * Creates the container's socket in ROOT/ID, which the caller closes; -1 in *ret without a
 * $NOTIFY_SOCKET. ERR_CONFLICT for a container that was created without one.
 */
int readiness_listen(int dirfd, int *ret, struct masu_error *err);

/*
 * Waits until the container is ready or has ended. When it is ready, reports that to the service
 * manager, and `pid` as the main process. With `fd` -1 it does nothing.
 */
void readiness_wait(int fd, int pidfd, pid_t pid);

/* For a supervisor: takes one message, and passes on, once, that the container is ready. */
struct readiness {
	int fd;
	bool told;
};
void readiness_take(struct readiness *r);
