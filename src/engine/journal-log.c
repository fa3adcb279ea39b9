/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/journal-log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "systemd/journal.h"

#define LOOK_MS	   500
#define LOOKS_LAST 6 /* without an entry, after the end of a container whose monitor was killed */

struct follower {
	const struct log_query *query;
	struct journal_reader *reader;
	bool in_line[LOG_STREAM_MAX]; /* the stream's last entry was a part of a line */
	bool at_end;		      /* the last entry was the writer's last */
	int looks;
};

static int pass_entry(struct follower *f, const struct journal_entry *e)
{
	const enum log_stream stream = e->record.is_stderr ? LOG_STDERR : LOG_STDOUT;
	char bytes[TEXT_STAMP_LENGTH + JOURNAL_TEXT_MAX + 3];
	struct text t = text_into(bytes, sizeof(bytes));

	if (f->query->timestamps && !f->in_line[stream]) {
		text_add_stamp(&t, e->record.time_ns);
		text_add(&t, " ");
	}
	memcpy(bytes + t.length, e->text, MIN(e->size, JOURNAL_TEXT_MAX));
	t.length += MIN(e->size, JOURNAL_TEXT_MAX);
	if (!e->record.partial)
		bytes[t.length++] = '\n';
	f->in_line[stream] = e->record.partial;
	if (t.length == 0)
		return 0;
	return f->query->output(f->query->output_arg, stream, bytes, t.length);
}

/* 1 for an entry that can be read, 0 for none yet. -ECANCELED. */
static int wait_for_entry(const struct follower *f, struct masu_error *err)
{
	struct pollfd polls[] = {{.fd = journal_reader_fd(f->reader), .events = POLLIN},
				 {.fd = f->query->cancel_fd, .events = POLLIN}};
	int n = poll(polls, ARRAY_SIZE(polls), LOOK_MS);

	if (n < 0 && errno != EINTR)
		return err_sys(err, errno, "wait for the journal");
	if (n > 0 && polls[1].revents)
		return -ECANCELED;
	return n > 0;
}

/* Has the container ended, and the journal all of its entries? */
static bool is_over(struct follower *f)
{
	if (!f->query->follow || !f->query->has_ended(f->query->arg))
		return false;
	return f->at_end || ++f->looks > LOOKS_LAST;
}

static int read_entries(struct follower *f, struct masu_error *err)
{
	struct journal_entry entry;
	int r = 0;

	while (r == 0) {
		r = wait_for_entry(f, err);
		if (r == 0 && is_over(f))
			return 0;
		if (r <= 0)
			continue;
		r = journal_reader_next(f->reader, &entry, err);
		if (r <= 0)
			return r;
		f->looks = 0;
		f->at_end = entry.record.end;
		r = f->at_end ? 0 : pass_entry(f, &entry);
	}
	return r;
}

int journal_log_read(const char *id, const struct log_query *query, struct masu_error *err)
{
	_cleanup_journal_reader_ struct journal_reader *reader = NULL;
	const struct journal_query q = {
		.id = id,
		.since_ns = MAX(query->since_ns, 0),
		.until_ns = query->until_ns == INT64_MAX ? 0 : query->until_ns,
		.tail = query->tail,
		.follow = query->follow,
	};
	int r = journal_reader_new(&q, &reader, err);

	if (r < 0)
		return r;
	struct follower f = {.query = query, .reader = reader};
	return read_entries(&f, err);
}
