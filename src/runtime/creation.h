/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Creating a container that others find: the start of container.h, recorded in a state directory. It
 * serves masu-oci, which creates from bundles, and the engine, whose containers have directories of
 * their own.
 */

#include "runtime/checkpoint.h"
#include "runtime/container.h"

struct creation {
	/* All is borrowed. creation_create() sets made, made_arg and start_listener of the plan. */
	struct container_plan plan;
	int dirfd;			 /* the state directory, whose lock the caller holds */
	const char *config;		 /* text to be kept as its config.json; NULL: it has one */
	const char *rootfs;		 /* for `state`, or NULL */
	const char *user;		 /* the default user of an exec, or NULL */
	bool default_seccomp;		 /* plan.seccomp is of the default profile */
	bool listen;			 /* another process starts it, by START_SOCKET */
	bool supervised;		 /* the caller deletes it when it ends */
	const struct checkpoint *images; /* to restore from; NULL: it is a new container */

	struct container container;
	int listener; /* of START_SOCKET, or -1 */
};
#define CREATION_INIT ((struct creation){.dirfd = -1, .listener = -1, .container = CONTAINER_INIT})
void creation_done(struct creation *c); /* the container goes on; the directory stays open */

/*
 * Creates the container, or restores it, and drafts its state. After a failure nothing of it runs; the
 * directory may hold files of this creation. With plan.go_when_ready the state is published before
 * init may execute the command; otherwise creation_publish() does, and then container_start() starts
 * the container, or container_leave() leaves that to another process.
 */
int creation_create(struct creation *c, struct masu_error *err);
int creation_publish(const struct creation *c, struct masu_error *err);

/* The state as recorded; its members are borrowed. */
struct container_state creation_state(const struct creation *c);
