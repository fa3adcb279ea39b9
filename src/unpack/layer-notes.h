/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notes of a layer's unpacker, which sees one layer alone, for layer_settle(), which sees the layers below: the directories
 * that no entry describes, and the marks of deletions. Each is a record in a file without a name: "dINODE:PATH" or "wPATH",
 * with a NUL at its end. Paths are below the layer's root, and may lead through its links.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct layer_notes {
	int fd; /* borrowed; -1: the notes are not needed */
	int failure;
	struct strbuf text;
	/* A tsearch(3) tree of the directories that no entry describes yet, by inode: a directory may have
	 * several paths, and its path may belong to another one later. */
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

/*
 * Properties that a layer gets only after the publication of the layers below it:
 *
 *	- A directory without an entry gets mode, owner, times and attributes of the lower directory, as if the layers
 *	  were unpacked upon one another.
 *	- The mark of a deletion is removed from a directory that is not merged with a lower one: overlayfs would show it
 *	  as a character device there, which no call can remove.
 *
 * This needs the ids that own the layers' files.
 */
struct layer_settle {
	int layers;	    /* DATA/layers */
	int staging;	    /* root of the layer */
	int notes;	    /* layer-notes.h; read from its beginning */
	char *const *below; /* names in DATA/layers, bottom first */
};

/* 0, EBADMSG for malformed notes, or the error of a call. It may be repeated after a failure. */
int layer_settle(const struct layer_settle *s, struct masu_error *err);

/* Returns whether the root alone must be settled. Then the layer's owner can often do it without other ids. */
bool layer_settle_root_only(int notes);

/* Returns whether the name is the mark of a deletion. */
bool layer_has_whiteout(int dir, const char *name);
