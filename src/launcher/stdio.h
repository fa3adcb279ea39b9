/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The standard streams of a container in the foreground.
 *
 * A file descriptor gives more than a stream. By /proc/self/fd/N its holder opens a file once more: to write
 * what it was to read, to read and truncate a log that it was to append to. A terminal for output can be
 * read as well, and a directory leads to the tree around it. So the container gets pipes, sockets and the
 * null device as they are, and for all else a pipe whose other end is masu's (streams.h).
 */

#include "base/err.h"
#include "engine/engine.h"
#include "runtime/streams.h"

struct stdio {
	int given[3];  /* the container's streams; -1: the null device */
	int theirs[3]; /* the pipes' ends among them: closed once the container has them; or -1 */
};
#define STDIO_INIT ((struct stdio){.given = {-1, -1, -1}, .theirs = {-1, -1, -1}})

/*
 * Connects the streams that are `wanted`. Output that `streams` have a log for passes through them, whatever it is, and
 * if it is not wanted, goes to the log alone. ERR_INVALID for a directory. The ends to be closed are set on failure, too.
 */
int stdio_connect(struct stdio *io, struct streams *streams, const bool wanted[3],
		  struct masu_error *err);

/*
 * Gives the container the streams that are `wanted` as they are: --log-driver passthrough. ERR_INVALID for a directory and
 * for a terminal: the container could type at that, or read what others type.
 */
int stdio_pass(int given[3], const bool wanted[3], struct masu_error *err);

/* Notices of streams of the user's that failed. The end of a reader is not a failure. */
void stdio_report(const struct masu_engine *e, const struct streams *streams);

/* Closes the container's ends. */
void stdio_done(struct stdio *io);
