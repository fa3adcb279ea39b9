/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Containers, with all that is known of each. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "engine/record.h"
#include "engine/state.h"

struct listed {
	char id[ID_LENGTH + 1];
	struct record record;
	struct state state;
};

struct listing {
	struct listed *item;
	size_t n;
};
void listing_done(struct listing *l);
#define _cleanup_listing_ _cleanup_(listing_done)

/*
 * All containers, or the running ones, the newest first. One whose record can't be read is told as a
 * notice and left out: a reading command never fails for one of many. Those that went while it was
 * made are left out, too.
 */
int engine_list(struct engine *e, bool all, struct listing *ret, struct err *err);

/* One, by name or id. */
int engine_look_up(struct engine *e, const char *what, struct listed *ret, struct err *err);
void listed_done(struct listed *l);
#define _cleanup_listed_ _cleanup_(listed_done)
