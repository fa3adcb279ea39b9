/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The launcher's side of its conversation with an init that builds the container (runtime/init/messages.h). Init asks
 * for whatever its namespaces or its privileges do not allow: fuse-overlayfs, files of the host, network devices, hooks
 * that run outside.
 */

#include "runtime/container.h"
#include "runtime/init/messages.h"
#include "runtime/opener.h"

struct init_service {
	const struct container_plan *plan;
	struct container *c; /* init and its channel; gets fuse-overlayfs and the console */
	struct opener
		opener; /* of files that init cannot open; not started without plan->opener_map */
	int userns_fd, mntns_fd; /* the container's, for fuse-overlayfs; -1: not needed */
	bool hooked;		 /* hooks have run, so those for the end are to run, too */
};
#define INIT_SERVICE_INIT              \
	((struct init_service){        \
		.opener = OPENER_INIT, \
		.userns_fd = -1,       \
		.mntns_fd = -1,        \
	})

/* Opens the namespaces before init is mapped: afterwards init may close itself to others. */
int init_service_prepare(struct init_service *s, struct masu_error *err);

/* Sends a message without bytes, with `fd` or -1. An init that is gone is not an error: it has sent its own. */
int init_service_send(const struct init_service *s, enum init_message message, int fd,
		      struct masu_error *err);

/* Answers init until it is ready. The error that it sends, or ECONNRESET after its death without one. */
int init_service_run(struct init_service *s, struct masu_error *err);

/* Does not stop the opener. */
void init_service_done(struct init_service *s);
