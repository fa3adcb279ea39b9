/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages between the container's init and its launcher, over one channel (base/channel.h). An error
 * goes to the launcher whole and ends init; end-of-file in either direction is a failure.
 */

#include "base/channel.h"
#include "runtime/init/init.h"

enum init_message {
	INIT_MAPPED = 1,   /* from the launcher: the new user namespace has its map */
	INIT_CGROUP_READY, /* from the launcher: init, not born in its cgroup, was moved there */
	INIT_NETWORK,	   /* from the launcher, with the network namespace */
	INIT_LEAVE,	   /* from the launcher: wait for the start at start_listener */
	INIT_GO, /* from the launcher or a client of start_listener, and then to the launcher's heir: exec */
	INIT_CLOSE, /* at start_listener, from an exec: close yourself to tracing, and wait on */
	INIT_HOOKS, /* to the launcher: the mounts are made; run your hooks */
	INIT_HOOKS_DONE,   /* from the launcher: its hooks have run; with the OCI state */
	INIT_NEED_FUSE,	   /* to the launcher: why the kernel cannot mount the root */
	INIT_FUSE_STARTED, /* from the launcher: fuse-overlayfs is running */
	INIT_NEED_SOURCE,  /* to the launcher: make the detached mount of this bind mount */
	INIT_SOURCE,	   /* from the launcher, with it */
	INIT_NEED_ROOT, /* to the launcher: INIT_SOURCE for each part of the root (overlay-parts.h) */
	INIT_NEED_DEVICES, /* to the launcher: move the network devices here */
	INIT_DEVICES,	   /* from the launcher: done; with their addresses */
	INIT_CONSOLE,	   /* to the launcher, with the pty's master */
	INIT_READY,    /* to the launcher: only INIT_GO is missing; also the answer to INIT_CLOSE */
	INIT_LISTENER, /* to the sender of GO: the filter's listener (runtime/listener.h) */
	INIT_TAKEN,    /* from the sender of GO: the agent has it */
	INIT_CLONED,   /* to the caller of an exec, from the joiner: the process's pid */
	INIT_EXECING,  /* to the sender of GO: execve follows; end-of-file now means success */
};

/* Sends a message without contents to the launcher. */
int init_send(const struct init *init, enum init_message type, struct masu_error *err);

/*
 * Waits for a message of this type and stores it in *m. `awaited` completes an error: "the launcher went away
 * before AWAITED".
 */
int init_receive(struct init *init, enum init_message type, const char *awaited,
		 struct channel_message *m, struct masu_error *err);
int init_wait_for(struct init *init, enum init_message type, const char *awaited,
		  struct masu_error *err);
