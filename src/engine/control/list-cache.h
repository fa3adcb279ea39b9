/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The records and states of containers for lists of many: RUN/running, and RUN/exited for a list of all. Reading them from
 * the containers' directories costs 40 system calls and three JSON documents for each.
 *
 * Every change of a container's record or state creates, renames or removes a file in its directory, and so changes the
 * directory's ctime. An entry of the cache counts only while the inode and ctime of the directory are those of the time
 * when its files were read, and the container's name still links to it. A container is cached only if
 *
 *	its state depends on these files alone: it has exited with a recorded end, its clean-up is complete, no restart
 *	policy may start it again, and no --rm may remove it
 *	or it runs: then the kernel is asked each time whether its init lives, and whether it is paused
 *	its directory was last changed two seconds ago or earlier (pack_file_is_settled())
 *
 * The file is an oci/pack-file.h.
 */

#include <sys/stat.h>

#include "engine/container/container.h"
#include "oci/pack-file.h"

struct list_cache {
	const char *file;	 /* "running" or "exited" */
	enum masu_status status; /* of all entries */
	int containers, names;	 /* the directories; -1: the cache is not used */
	struct pack_file content;
	struct freezers freezers;
};
#define LIST_CACHE_INIT(name, of)              \
	((struct list_cache){.file = (name),   \
			     .status = (of),   \
			     .containers = -1, \
			     .names = -1,      \
			     .freezers = FREEZERS_INIT})
#define _cleanup_list_cache_ _cleanup_(list_cache_done)
void list_cache_done(struct list_cache *cache);

/* Reads the file. A failure leaves an empty cache. */
void list_cache_open(struct list_cache *cache, const struct masu_engine *e);

/*
 * Takes the record and the state of a new handle from the cache. False: the caller reads the files. The container is
 * running or exited, without a health check.
 */
bool list_cache_get(struct list_cache *cache, masu_container *c);

/* Adds a container, if it may be cached. `before` is the fstat(2) of its directory before the files were read. */
void list_cache_add(struct list_cache *cache, const masu_container *c, const struct stat *before);

/* Replaces the file, if that is worth its time. A failure is ignored: the next list tries again. */
void list_cache_close(struct list_cache *cache, const struct masu_engine *e);
