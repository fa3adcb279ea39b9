/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The holder: one process of masu-userns for each user, in whose user namespace all of the user's sub-ids are
 * mapped. A container's user namespace can be a child of that one. Then the launcher writes its maps, and does not
 * run newuidmap and newgidmap.
 *
 * No process talks to the holder, so a start cannot wait for it. A launcher reads the holder's record, opens its
 * namespace in /proc, and compares. If anything is missing or different, it runs newuidmap. Running containers do not
 * need the holder: the kernel keeps the parent of a namespace.
 */

#include "base/err.h"
#include "linux/idmap.h"
#include "linux/userns.h"

/* The unit of the user manager that runs masu-userns. */
#define HOLDER_UNIT "masu-userns.service"

struct holder {
	int userns_fd;	  /* its user namespace */
	struct idmap map; /* the container's map, in the ids of that namespace */
};
#define HOLDER_INIT ((struct holder){.userns_fd = -1})
void holder_done(struct holder *holder);

/* Finds the caller's holder, if it has all ids of `map`. 0; -ENOENT or another -errno if none can be used. */
int holder_find(const struct idmap *map, struct holder *ret);

/*
 * userns_spawn() for a map of the caller's ids: in the holder's namespace, if that has them, which takes no newuidmap.
 * Root is the caller, by either map.
 */
int holder_spawn(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
		 struct userns_child *ret, struct masu_error *err);

/* Writes the record: the calling process is the holder. */
int holder_publish(struct masu_error *err);

/*
 * The kernel counts the processes and other resources of a user in each user namespace up to the first one, and holds
 * them to the limits of that namespace's creator (Linux 5.14). The holder raises its soft limits before it creates its
 * namespace, and holder_find() refuses one whose limits are lower than the caller's.
 */
int holder_raise_limits(struct masu_error *err);
