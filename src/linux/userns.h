/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work with the ids of a container's user namespace outside a container: unpacking layers, removing trees that belong
 * to sub-ids. The function runs in a child that is root in a mapped user
 * namespace (or, without one, in the new namespaces asked for), and its error comes back whole.
 */

#include <sys/types.h>

#include "base/err.h"
#include "linux/idmap.h"

struct userns_child {
	pid_t pid;
	int channel;
};
#define USERNS_CHILD_INIT ((struct userns_child){.channel = -1})

typedef int (*userns_fn)(void *arg, struct masu_error *err);

/*
 * Starts `fn` in a child with further namespaces `flags` (CLONE_NEWNS, CLONE_NEWNET, ...). The
 * child has SIGKILL as parent-death signal and inherits all descriptors; in its copy of *ret it
 * finds its own end of the channel, for when it closes the others. The caller must be
 * single-threaded. Returns once the child runs.
 */
int userns_spawn(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
		 struct userns_child *ret, struct masu_error *err);

/* Waits for its end. 0 when fn returned 0; fn's error; or that the child died, and of what. */
int userns_wait(struct userns_child *child, struct masu_error *err);

/* Kills and reaps it. Safe on one that was waited for. */
void userns_kill(struct userns_child *child);

/* Both in one. */
int userns_run(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
	       struct masu_error *err);

/* A descriptor of a new user namespace with this map, in which no process is; or -errno. */
int userns_new(const struct idmap *map, struct masu_error *err);
