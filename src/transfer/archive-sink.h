/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the files of saved images go: a tar archive that is written to a stream, or a directory. Files have fixed modes,
 * owners and times, so the same images give the same archive.
 */

#include <stdint.h>

#include "base/err.h"
#include "files/tar.h"

struct archive_sink {
	struct tar_writer tar;
	int dir;       /* a directory; -1: the archive */
	int file;      /* of the directory, that is being written; else -1 */
	uint64_t size; /* of the file that is being written */
};
#define ARCHIVE_SINK_INIT ((struct archive_sink){.tar = {.fd = -1}, .dir = -1, .file = -1})

/* `fd`, of a stream or of an empty directory, is borrowed. 0 or -errno. */
int archive_sink_init(struct archive_sink *s, int fd);
void archive_sink_done(struct archive_sink *s);
#define _cleanup_archive_sink_ _cleanup_(archive_sink_done)

/* A directory. Some readers fail for a file whose directory has no entry. 0 or -errno. */
int archive_sink_dir(struct archive_sink *s, const char *name);

/* A file of `size` bytes, its bytes, its end. 0 or -errno. */
int archive_sink_begin(struct archive_sink *s, const char *name, uint64_t size);
int archive_sink_data(struct archive_sink *s, const void *bytes, size_t size);
int archive_sink_end(struct archive_sink *s);

/* A whole file. */
int archive_sink_text(struct archive_sink *s, const char *name, const char *text);

/* Writes the archive's end. */
int archive_sink_finish(struct archive_sink *s);
