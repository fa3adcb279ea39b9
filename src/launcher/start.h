/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Starting a created container: from its record and spec to the runtime's plan, and the running
 * container on record. The caller of start_run() is the launcher, and so the parent of init.
 */

#include "engine/container/container.h"
#include "engine/volume/volumes.h"
#include "launcher/overlays.h"
#include "launcher/peers.h"
#include "launcher/secrets.h"
#include "net/network.h"
#include "runtime/creation.h"
#include "seccomp/filter.h"

struct start {
	struct masu_engine *e;
	masu_container *c;
	struct creation creation; /* and the plan and the container in it */

	/* what the plan points to */
	struct idmap map;   /* of the processes ... */
	struct idmap files; /* ... and of the files, if systemd lends the processes their ids */
	struct lent_ids lent;
	struct overlay overlay;
	struct cgroup_plan cgroup;
	struct seccomp_filter filter;
	struct network network;
	struct port_list ports;
	struct volumes volumes;
	struct peers peers;
	struct overlays overlays;
	struct secrets secrets;
	char *scope, *description, *cgroup_link, *root_dir, *run_dir;
	int run_fd;
	bool initialize; /* only: another process starts it (initialize.c) */
	int notify;	 /* the container's NOTIFY_SOCKET, or -1 */
	/* Called when the container is on record and only has to be started. May be NULL. */
	int (*before_start)(void *arg, struct masu_error *err);
	/* The same for a start that fails after that, before init is killed. */
	void (*failed)(void *arg, const struct masu_error *err);
	void *start_arg;
};
#define START_INIT                                 \
	((struct start){.creation = CREATION_INIT, \
			.network = NETWORK_INIT,   \
			.volumes = VOLUMES_INIT,   \
			.peers = PEERS_INIT,       \
			.lent = LENT_IDS_INIT,     \
			.run_fd = -1,              \
			.notify = -1})
#define _cleanup_start_ _cleanup_(start_done)
void start_done(struct start *s); /* the container, when it runs, goes on */

/* The overlay of a container with layers, to be released. */
int start_overlay(const masu_container *c, struct overlay *ret, struct masu_error *err);

/* Makes the plan and the run-time directory of a container that was taken up and outlives the start. */
int start_prepare(masu_container *c, struct start *s, struct masu_error *err);

/*
 * Creates the container by the plan, whose stdio the caller has set, records that it runs and starts
 * it. After a failure the container is as it was before.
 */
int start_run(struct start *s, struct masu_error *err);

/* Of a start: the record of its time, before the command is executed, and what follows. The directory is open. */
int start_mark(const masu_container *c, struct masu_error *err);
void start_report(masu_container *c);

/* Starts the containers that this one requires, unless they run. It waits for those that another process starts. */
int start_required(const masu_container *c, struct masu_error *err);
/* Starts a container in the background, and what it requires, unless it runs, or another process is starting it. */
int start_unless_running(masu_container *c, struct masu_error *err);

/* The variables that masu needs to find the same directories and the same manager, and with `notifies` NOTIFY_SOCKET. */
int start_env(bool notifies, char ***ret);

/* The path of this program, or of the file that it is a protected copy of. The caller frees it. NULL: no memory. */
char *start_program(void);

/* Records the reason of a failed start for masu inspect, and writes the event. */
void start_record_failure(const masu_container *c, const struct masu_error *reason);

/*
 * Starts a locked container in the background; its spec was read, and the engine's id map loaded. The monitor has the
 * lock then, too. A failure is recorded.
 */
int start_background(masu_container *c, struct masu_error *err);

/* The same, but init waits for initialized_start(). */
int start_initialize(masu_container *c, struct masu_error *err);

/* Starts an initialized container. ERR_CONFLICT if another process has started it. */
int initialized_start(masu_container *c, struct masu_error *err);

/* The same, attached to its streams from before the start on; as masu_container_attach(). */
int initialized_run(masu_container *c, const struct masu_attach_options *options, int *ret_status,
		    struct masu_error *err);
