/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * systemd-nsresourced(8), the interface io.systemd.NamespaceResource. The service writes the id maps of a user namespace
 * that has none. With systemd 260 and later, each user may ask for namespaces of type "self", in which the caller has the
 * id "target". Such a namespace has more ids, each mapped to itself:
 *
 *	delegateContainerRanges 1	65,536 ids that no other namespace has, for as long as this one exists
 *	mapForeign			the foreign range, which owns files and never processes
 */

#include "base/err.h"

#define NSRESOURCE_SOCKET "/run/systemd/io.systemd.NamespaceResource"

/* The first ids of the foreign range: systemd's documentation UIDS-GIDS. Both ranges have this many ids. */
#define NSRESOURCE_FOREIGN_FIRST UINT32_C(2147352576)
#define NSRESOURCE_COUNT	 UINT32_C(65536)

/*
 * Returns 1 if the service would do it, 0 if it would not or does not run, and -errno if that cannot be determined. The
 * next attempt may then have another result. Without a socket, this is one system call; otherwise it is one call of the
 * service, which allocates nothing. With 0, *ret_reason is the reason, to be freed, or NULL if there is no socket.
 */
int nsresource_is_usable(char **ret_reason, struct masu_error *err);

enum nsresource_ids { NSRESOURCE_DELEGATED, NSRESOURCE_FOREIGN };

/*
 * Has the service write the maps of this user namespace. Blocks for up to 30 seconds. 0, -EPERM (ERR_UNAVAILABLE) if it
 * refuses, or the errors of varlink_call().
 */
int nsresource_allocate(int userns_fd, enum nsresource_ids ids, struct masu_error *err);
