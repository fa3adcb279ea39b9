/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories that a layer's entries go to, as a small cache of descriptors.
 *
 * Entries are never created by path. The directory of each is resolved inside the layer's root by
 * openat2(RESOLVE_IN_ROOT), so that a link in the layer leads at most to another place in it. The entry is created by its
 * last part alone, which no call follows. Archives are sorted by directory, so few resolutions are needed.
 *
 * A new entry changes the modification time of its directory. A slot remembers the right time, and sets it when the
 * directory leaves the cache. Directories outside the cache have the right time, which is remembered when they are opened
 * again.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "unpack/layer-notes.h"

#define DIRS_MAX 32

struct dir {
	char *path; /* normal form: "" for the root, "a/b"; NULL for a free slot */
	size_t length;
	int fd;
	dev_t dev;
	ino_t ino;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	struct timespec mtime;
	uint64_t used;
};

struct dirs {
	int rootfd;
	struct layer_notes *notes;
	uint64_t clock;
	struct dir slots[DIRS_MAX];
};

/* Both are borrowed. Directories that are created without an entry are noted. */
void dirs_init(struct dirs *f, int rootfd, struct layer_notes *notes);

/* Empties the cache, setting the times. 0 or the first -errno; the cache is empty in any case. */
int dirs_flush(struct dirs *f);

/*
 * The directory of a path in normal form, which need not be terminated at `length`. With `make`, missing parts and the
 * targets of dangling links are created, owned by root, with mode 0755 and time 0. Valid until the next call that may fill
 * or empty the cache. ENOTDIR, ELOOP, ENOENT.
 */
int dirs_get(struct dirs *f, const char *path, size_t length, bool make, struct dir **ret);

/*
 * For an entry: creates the directory `path` in normal form, unless it exists. -EEXIST if the name is something else, also
 * a link. A whiteout is replaced, and the directory is then marked opaque.
 */
int dirs_make(struct dirs *f, const char *path, mode_t mode, struct dir **ret);

/* Marks a directory as hiding that of the layers below. -EOPNOTSUPP without user xattrs. */
int dir_set_opaque(int fd);

/* The same for a directory that replaces a lower one: the lower one does not describe it. */
int dir_replace(struct layer_notes *notes, int fd);
