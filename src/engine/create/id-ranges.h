/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ranges of ids that belong to one container alone (--userns auto). The records of the containers list the ids in
 * use. Between the choice of a range and the publication of its record, while an image may be pulled, a file in DATA/ids
 * reserves the range. The creator holds the lock of the file. An unlocked file is a leftover, which the next choice
 * removes. A choice holds the lock of that directory, and reads reservations before records, because a range moves from
 * the former to the latter.
 */

#include "engine/engine.h"
#include "linux/id-pool.h"

struct id_reservation {
	int dirfd, fd;
	char *name;
};
#define ID_RESERVATION_INIT ((struct id_reservation){.dirfd = -1, .fd = -1})
void id_reservation_done(struct id_reservation *reservation); /* also when it was published */

struct id_request {
	const struct idmap *pool; /* ids of the owner (linux/submap.h): the outsides of both */
	uint32_t uids, gids;	  /* so many inside, from 0 on */
};

/*
 * Completes the submap, which may have fixed ranges, and reserves it. -ENOSPC if the pool has not enough ids that no
 * container uses, without an error set.
 */
int id_ranges_reserve(const struct masu_engine *e, const struct id_request *request,
		      struct idmap *submap, struct id_reservation *ret, struct masu_error *err);
