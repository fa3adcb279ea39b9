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

/* `told`: it is about the host, and the user was told since it was booted. */
typedef void engine_notice_fn(void *arg, const char *text, bool told);

struct engine {
	struct paths paths;
	struct idmap idmap; /* of all containers; ready after engine_load_idmap() */
	bool has_idmap;
	engine_notice_fn *notice; /* NULL: dropped */
	void *notice_arg;
};
void engine_done(struct engine *e);
#define _cleanup_engine_ _cleanup_(engine_done)

/* Finds the directories, and makes them. The callback may be called at once. */
int engine_init(struct engine *ret, engine_notice_fn *notice, void *arg, struct err *err);

/* Reads the caller's sub-ids, once: only what makes or removes containers' files needs them. */
int engine_load_idmap(struct engine *e, struct err *err);

/* Of what has happened, and of what the host lacks (storage/notices.h). A NULL text is dropped. */
void engine_notice(const struct engine *e, const char *text);
void engine_notice_host(const struct engine *e, const char *text);
