/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every function of the engine works on: where things live, whose ids containers have, and
 * where one-line notices for the user go. One per request; a server would have many.
 */

#include <stdbool.h>

#include "base/err.h"
#include "linux/idmap.h"
#include "storage/paths.h"

struct engine {
	struct paths paths;
	struct idmap idmap; /* of all containers; ready after engine_load_idmap() */
	bool has_idmap;
	void (*notice)(void *arg, const char *text); /* NULL: dropped */
	void *notice_arg;
};
void engine_done(struct engine *e);
#define _cleanup_engine_ _cleanup_(engine_done)

/* Finds the folders, and makes them. The callback may be called at once. */
int engine_init(struct engine *ret, void (*notice)(void *arg, const char *text), void *arg,
		struct err *err);

/* Reads the caller's sub-ids, once: only what makes or removes containers' files needs them. */
int engine_load_idmap(struct engine *e, struct err *err);

void engine_notice(const struct engine *e, const char *text);
