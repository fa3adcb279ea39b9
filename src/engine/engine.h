/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The struct behind masu.h's engine: the directories, the id map of containers, and the receiver of notices.
 */

#include <stdbool.h>

#include "base/err.h"
#include "engine/conf.h"
#include "linux/idmap.h"
#include "masu.h"
#include "storage/paths.h"

struct masu_engine {
	struct paths paths;
	struct idmap idmap; /* of all containers; ready after engine_load_idmap() */
	bool has_idmap;
	struct conf conf; /* of masu.conf(5); ready after engine_load_conf() */
	bool has_conf, no_settings;
	masu_notice_fn *notice; /* NULL: dropped */
	void *userdata;
	int cancel_fd; /* borrowed, or -1 */
};

#define _cleanup_masu_engine_ _cleanup_(masu_engine_freep)

/* Reads the caller's sub-ids, once. Only the creation and removal of containers' files needs them. */
int engine_load_idmap(struct masu_engine *e, struct masu_error *err);

/* Reads the settings files, once. Only the creation of containers, terminals and `masu info` need them. */
int engine_load_conf(struct masu_engine *e, struct masu_error *err);

/* The keys that detach a user at a terminal: those given, or the default. Without a terminal nothing is read. */
int engine_detach_keys(struct masu_engine *e, const char *given, const char **ret,
		       struct masu_error *err);

/* Notices about events, and about missing features of the host (storage/notices.h). A NULL text is dropped. */
void engine_notice(const struct masu_engine *e, const char *text);
void engine_notice_host(const struct masu_engine *e, const char *text);

/*
 * Waits until `fd` is readable or has an error, or `timeout_ms`; -1: without limit. 0, -ETIMEDOUT without a message, or
 * -ECANCELED with ERR_SIGNAL if the caller cancels.
 */
int engine_await(const struct masu_engine *e, int fd, int timeout_ms, struct masu_error *err);

/* The same until `fd` can be written to. */
int engine_await_room(const struct masu_engine *e, int fd, struct masu_error *err);

/*
 * Waits for bytes and reads at most `size`. Returns their number, 0 at the end, or -errno. `what` is the stream's name in
 * an error, like "the archive".
 */
ssize_t engine_read(const struct masu_engine *e, int fd, void *buffer, size_t size,
		    const char *what, struct masu_error *err);
