/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sub-ids: the ids that /etc/subuid and /etc/subgid give to users (subuid(5)), in lines of the form
 * "USER:FIRST:COUNT", where USER is a name or a number.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/idmap.h"

/*
 * The map of the caller's own containers: 0 is the caller, and 1 on are all of the caller's ranges
 * of both files in their order. Privileged callers get no user namespace. Without sub-ids it is the map
 * of files if systemd lends ids (lent-ids.h), and else maps one id. *ret_notice (owned by the caller;
 * else NULL) is one line that reports missing sub-ids and the way to get them, or a malformed line of
 * another user. -ENOMEM; -EINVAL for malformed lines of the caller; ERR_UNAVAILABLE if systemd does not tell
 * whether it lends ids, for up to 30 seconds.
 */
int sub_ids_map(struct idmap *ret, char **ret_notice, struct masu_error *err);

/*
 * The ranges of one name, which need not be a user, in /etc/subuid, and of another in /etc/subgid: a map of them from 0 on.
 * ENOENT (ERR_NOT_FOUND) names the file that has none.
 */
int sub_ids_of(const char *uids_name, const char *gids_name, struct idmap *ret,
	       struct masu_error *err);

/* The command that gives the caller ids that nobody has. To be freed; NULL when out of memory. */
char *sub_ids_remedy(void);

struct sub_ids_file {
	const char *path, *text;
	const char *name; /* of the user whose ranges are wanted, or NULL when not known ... */
	uid_t uid;	  /* ... and the number */
};

/*
 * Appends the user's ranges, each once, also when two lines name it. -EINVAL (ERR_INVALID) for one
 * that is malformed or overlaps another. Malformed lines of other users are skipped: *ret_skipped
 * is the number of the first, or 0.
 */
int sub_ids_parse(const struct sub_ids_file *file, struct id_range **ranges, size_t *n,
		  size_t *ret_skipped, struct masu_error *err);

#define SUB_IDS_FIRST 100000 /* SUB_UID_MIN in login.defs(5) */
#define SUB_IDS_COUNT 65536

/* The first of SUB_IDS_COUNT ids above all ranges of the text. 0 when there are not that many. */
uint32_t sub_ids_first_free(const char *text);
