/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A layer's tar archive, entry by entry. libarchive reads it, with only the tar format enabled and no filter. An empty file
 * is an archive without entries: some builders write it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

/* More than any honest image has. */
#define LAYER_ENTRIES_MAX      (4 * 1000 * 1000)
#define LAYER_ENTRY_XATTRS_MAX 64

struct layer_xattr {
	const char *name;
	const void *value;
	size_t size;
};

/* Borrowed texts are valid until the next entry is read. */
struct layer_entry {
	const char *name; /* as in the archive */
	const char *link; /* of a symbolic or hard link, else NULL */
	bool hard_link;
	mode_t mode; /* type (0 for a hard link) and permissions */
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	uint64_t size;
	struct timespec mtime;
	struct layer_xattr xattrs[LAYER_ENTRY_XATTRS_MAX];
	size_t n_xattrs;
};

/* Returns the next bytes, which stay valid until the next call. *ret_size is 0 at the end. */
typedef int (*layer_source_fn)(void *arg, const void **ret, size_t *ret_size,
			       struct masu_error *err);

struct layer_reader;

/* More than `bytes_max` bytes of archive are EFBIG. */
int layer_reader_new(layer_source_fn source, void *arg, uint64_t bytes_max,
		     struct layer_reader **ret, struct masu_error *err);
void layer_reader_free(struct layer_reader *reader);

/* 1 and the next entry, 0 at the archive's end. EBADMSG, or the source's error. */
int layer_reader_next(struct layer_reader *reader, struct layer_entry *ret, struct masu_error *err);

/* 1 and the next bytes of the entry with their offset in the file, 0 at its end. */
int layer_reader_block(struct layer_reader *reader, const void **ret, size_t *ret_size,
		       uint64_t *ret_offset, struct masu_error *err);

/* Reads the bytes after the archive's end. */
int layer_reader_finish(struct layer_reader *reader, struct masu_error *err);

/* An entry's name for a message: cut when long, control characters replaced. */
#define LAYER_QUOTE_MAX 256
const char *layer_quote(const char *name, char buffer[LAYER_QUOTE_MAX]);
