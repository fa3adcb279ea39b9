/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writes tar archives: ustar, with PAX headers (pax(1)) for values that ustar cannot hold, and GNU tar's sparse format
 * 1.0 for files with holes. libarchive reads such archives here, but does not write them: it converts names to UTF-8,
 * or marks them with a keyword of which GNU tar complains. Here names come out byte for byte, as GNU tar writes them.
 */

#include <stdint.h>
#include <sys/stat.h>

#include "base/str.h"

struct tar_writer {
	int fd;
	size_t used;
	char *buffer;
};

struct tar_xattr {
	char *name; /* without "=" */
	void *value;
	size_t size;
};

/* Data of a file, between holes. */
struct tar_segment {
	uint64_t offset, length;
};

struct tar_entry {
	const char *name;      /* a directory's without a slash at its end */
	const char *link;      /* of a symbolic link, or of a hard link; else NULL */
	bool hard_link;	       /* `link` is the name of an entry before */
	const struct stat *st; /* st_size counts for a regular file that is not a hard link */
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
	const struct tar_segment *segments; /* of a regular file; NULL: it has no holes */
	size_t n_segments;
};

/* `fd` is borrowed. 0 or -ENOMEM. */
int tar_writer_init(struct tar_writer *w, int fd);
void tar_writer_done(struct tar_writer *w); /* drops the rest of the buffer */

/*
 * Begins an entry. For a regular file, the data of all its segments (or, without segments, st_size bytes) follow by
 * tar_data(), then tar_pad(). 0 or -errno, of write(2) too.
 */
int tar_header(struct tar_writer *w, const struct tar_entry *e);
int tar_data(struct tar_writer *w, const void *bytes, size_t size);
int tar_pad(struct tar_writer *w, uint64_t size); /* after `size` bytes */

/* Writes the archive's end and all that is buffered. */
int tar_finish(struct tar_writer *w);
