/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The namespaces of other containers, and of files, that a start joins. */

#include "engine/container/container.h"

/* Open namespaces, to which the paths in the spec lead. */
struct peers {
	int fds[OCI_NS_MAX];
	size_t n;
	int shm; /* a detached mount of the /dev/shm that the container shares with another one, or -1 */
};
#define PEERS_INIT ((struct peers){.shm = -1})
void peers_done(struct peers *peers);

/*
 * Sets the paths of the namespaces that the record names, and that of the user namespace that they belong to.
 * ERR_NOT_FOUND if such a container or file does not exist, ERR_CONFLICT if a container is not running or the namespaces
 * belong to different user namespaces, ERR_DENIED if one belongs to the host and the caller is not root, ERR_INVALID for
 * a file that is not a namespace of the type. *peers is PEERS_INIT.
 */
int peers_join(masu_container *c, struct peers *peers, struct masu_error *err);
