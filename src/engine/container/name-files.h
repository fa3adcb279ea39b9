/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The resolv.conf, hosts and hostname of a container: files in its directory that it sees below /etc, and may change.
 * They are written at its creation, and again by each later start if they differ, as docker does: the host may
 * have another address and other name servers by then.
 */

#include "engine/container/record.h"
#include "net/network.h"

/* Checks the options about these files, without the files of the host. ERR_INVALID. */
int name_files_check(const struct record *r, const struct network *network, struct masu_error *err);

/* Creates those that the container has of its own. The record has its host name. */
int name_files_create(int dirfd, const struct record *r, const struct network *network,
		      struct masu_error *err);

/* Replaces those whose contents differ now. */
int name_files_update(int dirfd, const struct record *r, const struct network *network,
		      struct masu_error *err);

/* The file of the container's /etc is the image's, if it has any. */
bool name_files_are_of_image(const struct record *r, const char *name);
