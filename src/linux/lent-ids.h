/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lent ids: the 65,536 ids that systemd-nsresourced gives to a user namespace of a user without sub-ids, for as long as
 * that namespace exists. They go to another user after that, so no file may belong to them. This gives a container two maps
 * with the same ids inside:
 *
 *	inside		its processes	its files
 *	0		the user	the user
 *	1 to 65535	lent ids	the same places of the foreign range
 *
 * Files of the foreign range (systemd's documentation UIDS-GIDS) outlast the namespace. Each user's processes may get
 * power over them. So the directory above them is closed to other users, and no process of a container runs with such an
 * id. fuse-overlayfs, which has the map of the files, translates between the two (runtime/fuse.h).
 *
 * Each of the two namespaces is the child of one that the service maps. The parent has the ids of one range, and the user
 * as its root, who writes the map of the child.
 */

#include "base/err.h"
#include "linux/idmap.h"
#include "varlink/nsresource.h"

struct lent_ids {
	int userns_fd;	   /* the namespace that the service has mapped */
	struct idmap held; /* its map */
	uint32_t uid, gid; /* the first of its ids */
};
#define LENT_IDS_INIT ((struct lent_ids){.userns_fd = -1})
void lent_ids_done(struct lent_ids *lent);
#define _cleanup_lent_ids_ _cleanup_(lent_ids_done)

/*
 * Adds the map of files, for a user whose map has only the caller: 1 if the service would lend ids. Else 0, and the reason
 * in *ret_reason (to be freed), or NULL if no such service exists. No answer, or an unexpected one, is an error: a map that
 * depends on the speed of the service would give the same files different owners.
 */
int lent_ids_map(struct idmap *map, char **ret_reason, struct masu_error *err);

/*
 * Creates a namespace and has it mapped for processes or for files. Forks, and may block for 30 seconds. 0, the errors of
 * nsresource_allocate(), those of clone(2), or EBADMSG (ERR_UNAVAILABLE) for another map than was asked for.
 */
int lent_ids_take(enum nsresource_ids ids, struct lent_ids *ret, struct masu_error *err);

/* The map of processes, with these ids, that fits a map of files. 0, -ENOMEM, or -EINVAL if it is not one of files. */
int lent_ids_of_processes(const struct lent_ids *lent, const struct idmap *files,
			  struct idmap *ret);
