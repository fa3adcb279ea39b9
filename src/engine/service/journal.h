/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The journal of an update, so that a killed one is finished by the next call, and the former image is there until then.
 *
 * One process at a time updates services, and one service at a time. These steps make a state durable, each with fsync(2):
 *
 *	1. DATA/auto-update/journal.json has the unit, and for each container the name and the digest of its former image.
 *	2. The former image has a further name, localhost/masu-auto-update:HEX: neither the next pull nor a prune of
 *	   dangling images removes it, though no container may use it soon.
 *	3. The pull moves the name to the newer image, when that is complete.
 *	4. systemd restarts the service. It finishes that on its own.
 *	5. Roll-back alone: the name is moved back, and systemd restarts the service again.
 *	6. The journal is removed. The next service follows.
 *	7. After the last one the further names are removed.
 *
 * After a kill the next call finds the journal after 1 to 5, and looks at the service:
 *
 *	it works, or can be started	6. If it runs the former image (after 1 to 3, or 5), the newer one is tried anew
 *	it was stopped by the user	6. Its next start uses the image that has the name
 *	it has failed			5, 6
 *
 * A full disk fails the update before step 4, or leaves the journal for the next call.
 */

#include "engine/service/restart-unit.h"
#include "image/layout.h"

/* Of all names of former images. */
#define JOURNAL_PINS "localhost/masu-auto-update:"

struct journal {
	int dirfd; /* DATA/auto-update; -1: it does not exist */
	int lock;  /* of the only process that updates services; -1 without */
	struct layout store;
};
#define JOURNAL_INIT	  ((struct journal){.dirfd = -1, .lock = -1, .store = LAYOUT_INIT})
#define _cleanup_journal_ _cleanup_(journal_done)
void journal_done(struct journal *j);

/* Opens it; with `hold`, for changes. ERR_CONFLICT (-EBUSY) if another process holds it. */
int journal_open(const struct masu_engine *e, bool hold, struct journal *ret,
		 struct masu_error *err);

/* The containers of the interrupted update, at least one. 1, or 0 without a journal. EBADMSG if the file is damaged. */
int journal_read(const struct journal *j, struct candidates *ret, struct masu_error *err);

/*
 * Steps 1 and 2, for the containers with a newer image. *ret_missing is a container whose former image is no longer in the
 * store, or NULL. After a failure nothing is left.
 */
int journal_begin(const struct journal *j, const struct unit_group *group, const char **ret_missing,
		  struct masu_error *err);

/*
 * Step 5 for one container: its image's name means the former image again. The newer one stays in the store, without a
 * name. ERR_NOT_FOUND if the store no longer has the former one.
 */
int journal_restore(const struct journal *j, const struct candidate *c, struct masu_error *err);

/* Step 6. */
int journal_end(const struct journal *j, struct masu_error *err);

/* Step 7, at the end of the whole call: a service whose update was interrupted may be updated anew before. */
int journal_unpin(const struct journal *j, struct masu_error *err);
