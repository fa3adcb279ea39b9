/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Starting a created container: from its record and spec to the runtime's plan, and the running
 * container on record. Who calls start_run() is the launcher, and so the parent of the init.
 */

#include "engine/container.h"
#include "engine/volumes.h"
#include "net/network.h"
#include "runtime/container.h"
#include "seccomp/filter.h"

struct start {
	struct engine *e;
	masu_container *c;
	struct container_plan plan;
	struct container container;

	/* what the plan points to */
	struct overlay overlay;
	struct cgroup_plan cgroup;
	struct seccomp_filter filter;
	struct network network;
	struct port_list ports;
	struct volumes volumes;
	char *scope, *description, *root_dir, *run_dir;
	int run_fd;
};
#define START_INIT                                   \
	((struct start){.container = CONTAINER_INIT, \
			.network = NETWORK_INIT,     \
			.volumes = VOLUMES_INIT,     \
			.run_fd = -1})
#define _cleanup_start_ _cleanup_(start_done)
void start_done(struct start *s); /* the container, when it runs, goes on */

/* Makes the plan and the run-time directory of a container that was taken up and outlives the start. */
int start_prepare(masu_container *c, struct start *s, struct err *err);

/*
 * Creates the container by the plan, whose stdio the caller has set, records that it runs and lets
 * it go. Nothing but the made container is left when this fails.
 */
int start_run(struct start *s, struct err *err);
