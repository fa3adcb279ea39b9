/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The containers whose namespaces a start joins. */

#include "engine/container.h"

/* Open namespaces of other containers, to which the paths in the spec lead. */
struct peers {
	int fds[OCI_NS_MAX];
	size_t n;
};
void peers_done(struct peers *peers);

/*
 * Sets the paths of the namespaces that the record names, and that of the user namespace that they belong to.
 * ERR_NOT_FOUND if such a container does not exist, ERR_CONFLICT if it is not running. *peers is zeroed.
 */
int peers_join(masu_container *c, struct peers *peers, struct masu_error *err);
