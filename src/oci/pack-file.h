/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file of packed objects (oci/fields-pack.h): the cache of a list of many. The key of an object is an id or a digest,
 * 64 characters. The caller packs into each object the inode and ctime of the file or directory that it was read from, and
 * takes it only if they are the same now. So nothing has to be told to the cache, and it needs no lock.
 *
 * A file of another version of masu or another boot, or with invalid bytes, is ignored. FILE.new is a file that is being
 * written, under its lock. It replaces the file in one step when a list has read many objects that are not in it.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/str.h"
#include "oci/fields-pack.h"

struct pack_entry {
	const char *key;    /* in the text of the file, not terminated */
	struct unpack body; /* to be copied, and read from the copy */
	bool used;
};

struct pack_file {
	char *text;
	struct pack_entry *entries;
	size_t n, used;
	struct strbuf added; /* entries that the file lacks */
	size_t n_added;
};
#define PACK_FILE_INIT ((struct pack_file){0})
void pack_file_done(struct pack_file *f);

/* Reads the file. `version` names the packed members: the bytes that follow the cache's own. A failure leaves it empty. */
void pack_file_read(struct pack_file *f, const char *path, const char *version);

/* Returns NULL if it is not there. */
struct pack_entry *pack_file_find(const struct pack_file *f, const char *key);

/* Marks an entry as valid. The others are not written again. */
void pack_file_keep(struct pack_file *f, struct pack_entry *entry);

/* Adds an object. A failure of `body`, or for lack of memory, prevents the next write. */
void pack_file_add(struct pack_file *f, const char *key, const struct strbuf *body);

/* Replaces the file, if that is worth its time. A failure is ignored: the next list tries again. */
void pack_file_write(const struct pack_file *f, const char *path, const char *version);

/* Appends the inode and ctime; reads and compares them. */
void pack_file_add_stat(const struct stat *st, struct strbuf *b);
bool pack_file_same_stat(const struct stat *st, struct unpack *u);

/* Can no later change have the same ctime, even if the clock of the file system is coarse? */
bool pack_file_is_settled(const struct stat *st);
