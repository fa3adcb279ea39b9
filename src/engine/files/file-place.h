/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's files for masu-image: the words that name them on its command line (files/command.h). The container may
 * run or not. One that does not run is locked meanwhile: a start would mount the same directories once more.
 */

#include "engine/container/container.h"

struct file_place {
	masu_container *c; /* NULL: the host */
	char **words;
	int pidfd; /* of a running container, to be passed, or -1 */
};
#define FILE_PLACE_INIT	     ((struct file_place){.pidfd = -1})
#define _cleanup_file_place_ _cleanup_(file_place_done)
void file_place_done(struct file_place *p); /* releases the lock */

/*
 * `bare`: without mounts. Waits for a container that is starting or stopping; ERR_CONFLICT if that, or another access to
 * its files, takes long.
 */
int file_place_open(masu_container *c, bool bare, struct file_place *ret, struct masu_error *err);

/*
 * The command line of a verb that works on the changes of a container, running or not, and writes to `fd`. ERR_UNSUPPORTED
 * for a container with a plain directory as its root. The spec is read, and the directory is closed.
 */
int file_place_layers(masu_container *c, const char *verb, int fd, char ***ret,
		      struct masu_error *err);

/* The result of work on its files, which fails with ENOENT if another process has removed the container meanwhile. */
int file_place_failed(const masu_container *c, int r, struct masu_error *err);
