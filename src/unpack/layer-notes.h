/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notes of a layer's unpacker, which sees one layer alone, for layer_settle(), which sees those below it:
 * the directories that no entry describes, and the marks of deletions. One record each, in a file that
 * needs no name: "dINODE:PATH" or "wPATH", with a NUL at its end. Paths are below the layer's root, and
 * may lead through its links.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

struct layer_notes {
	int fd; /* borrowed; -1: nobody will read them */
	int failure;
	struct strbuf text;
	/* A tsearch(3) tree of those that no entry describes yet: by inode, as a directory may have several
	 * paths, and its path may be another's later. */
	void *implied;
};

void layer_notes_init(struct layer_notes *n, int fd);

/* No entry describes the directory so far. 0 or -ENOMEM. */
int layer_notes_implied(struct layer_notes *n, ino_t dir, const char *path, size_t length);

/* Its mode, owner and times are known now. */
void layer_notes_described(struct layer_notes *n, ino_t dir);

/* The mark of a deletion was made at that path. 0 or -errno. */
int layer_notes_whiteout(struct layer_notes *n, const char *dir, size_t length, const char *name);

/* Writes all, and releases memory also on failure. 0 or -errno. */
int layer_notes_done(struct layer_notes *n);
