/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writing a container's log by one of the drivers.
 *
 * Output is logged at once. Nothing here allocates, and the container waits for nothing but the disk
 * or, for a moment, the journal. Output that cannot be written (a full disk) is dropped and counted.
 * As soon as writing works again an entry of stderr reports how much is missing at that place.
 */

#include "logs/driver.h"

#define LOG_FILES_MAX 100

/* Unless the user asks for other limits: 30 MiB in all. */
#define LOG_SIZE_DEFAULT  (10 << 20)
#define LOG_FILES_DEFAULT 3

/* All borrowed. */
struct log_settings {
	int dirfd;	    /* the container's directory, for files */
	uint64_t max_size;  /* of a file; 0: no rotation */
	unsigned int files; /* that are kept, the current one included: 1 to LOG_FILES_MAX */
	const char *id, *name, *image, *tag; /* for a driver with has_tag */
	const char *journal;		     /* NULL: the journal's socket of this host */
};

/* The beginning of a character whose other bytes are still to come (json-file.c). */
struct log_carry {
	char bytes[4];
	size_t size;
};

struct log_writer {
	const struct log_driver *driver;
	struct log_settings settings;

	int fd; /* the current file or the socket, -1 when it could not be opened: tried again */
	uint64_t size;	/* of the file, up to the last whole entry */
	uint64_t lost;	/* bytes of output dropped since the last entry ... */
	uint64_t total; /* ... and ever */
	struct log_carry carry[LOG_STREAM_MAX];
};

/*
 * Opens or creates the log. Returns 0, or the -errno of a log that cannot be opened now; the writer
 * can be used in both cases.
 */
int log_writer_open(struct log_writer *w, const struct log_driver *driver,
		    const struct log_settings *settings);

/* Logs bytes that were read from a stream at `now_ns`. Never fails. */
void log_writer_write(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size,
		      int64_t now_ns);

/* Reports dropped bytes, if possible, and closes the log. */
void log_writer_close(struct log_writer *w, int64_t now_ns);

/* The text of the entry that reports dropped bytes, with its newline. Returns its length. */
#define LOG_LOST_MAX 96
size_t log_lost_text(uint64_t lost, char text[LOG_LOST_MAX]);
