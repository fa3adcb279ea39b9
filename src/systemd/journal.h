/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's log in the journal, read by `masu-systemd journal`.
 *
 * An entry of the log is an entry of the journal with these fields, as podman's and docker's journald
 * drivers write them:
 *
 *	MESSAGE                    the line, or a part of it
 *	CONTAINER_ID_FULL          the container
 *	PRIORITY                   3 for stderr; else it is stdout
 *	CONTAINER_PARTIAL_MESSAGE  "true": the line goes on in the next entry of this stream
 *	CONTAINER_LOG_END          "1": no line; the last entry that masu's driver writes
 *
 * Entries of another user than the caller are ignored: any user can write such fields.
 *
 * Each arrives as a message SYSTEMD_ENTRY of a struct journal_record and the text of MESSAGE; a longer text
 * than JOURNAL_TEXT_MAX comes in several, all partial but the last one. After the last entry comes
 * SYSTEMD_DONE, with `follow` never: the reader ends by closing the channel.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define JOURNAL_TEXT_MAX 32768

struct journal_record {
	int64_t time_ns; /* since the epoch, of the entry's arrival in the journal */
	uint8_t is_stderr;
	uint8_t partial;
	uint8_t end;	     /* no line: the writer's last entry */
	uint8_t reserved[5]; /* 0 */
};

struct journal_query {
	const char *id;		    /* the whole id of the container */
	int64_t since_ns, until_ns; /* the first and the last time; 0: no limit */
	int64_t tail;		    /* the last lines alone; -1: all */
	bool follow;		    /* wait for further entries */
};

struct journal_entry {
	struct journal_record record;
	const char *text; /* without newline; valid until the next call */
	size_t size;
};

struct journal_reader;
void journal_reader_free(struct journal_reader *r);
DEFINE_FREEP(journal_reader)
#define _cleanup_journal_reader_ _cleanup_(journal_reader_freep)

/* Starts to read. ERR_UNAVAILABLE if masu-systemd is missing. */
int journal_reader_new(const struct journal_query *query, struct journal_reader **ret,
		       struct masu_error *err);

/* A descriptor that is readable when journal_reader_next() does not block. */
int journal_reader_fd(const struct journal_reader *r);

/*
 * Waits for the next entry. 1, or 0 after the last one. ERR_UNAVAILABLE if the journal cannot be opened or
 * masu-systemd died.
 */
int journal_reader_next(struct journal_reader *r, struct journal_entry *ret,
			struct masu_error *err);
