/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A temporary directory in the ingest directory of the store, for the files of an archive. It is removed at the end; after
 * a kill the next garbage collection removes it.
 */

#include "base/err.h"
#include "image/layout.h"

struct archive_dir {
	char *name, *path; /* in the ingest directory; the whole path */
	int fd;
	int ingest; /* the ingest directory */
	int hold;   /* a lock that keeps the garbage collection away from it */
};
#define ARCHIVE_DIR_INIT ((struct archive_dir){.fd = -1, .ingest = -1, .hold = -1})

int archive_dir_new(const struct layout *store, struct archive_dir *ret, struct masu_error *err);

/* Creates a directory in it and opens it. The descriptor or -errno. */
int archive_dir_add(const struct archive_dir *d, const char *name, struct masu_error *err);

void archive_dir_done(struct archive_dir *d);
#define _cleanup_archive_dir_ _cleanup_(archive_dir_done)
