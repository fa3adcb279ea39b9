/* SPDX-License-Identifier: Apache-2.0 */

/* Reading the log of a container: from its files (logs/reader.h), or from the journal by masu-systemd. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "engine/container/container-log.h"
#include "engine/container/container.h"
#include "engine/container/restart.h"
#include "engine/options.h"
#include "logs/files.h"
#include "logs/reader.h"
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

/*
 * With query->follow it ends after the entry that the writer sends last (logs/journald.c), or without that entry, a few
 * seconds after the end of the container.
 */
static int read_journal(const char *id, const struct log_query *query, struct masu_error *err)
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

struct output {
	masu_output_fn *fn;
	void *userdata;
	bool stopped; /* by fn */
};

/* The end of a log that is followed: that of the container, or this time. */
struct log_end {
	const struct home *home;
	int64_t until_ns;
};

/*
 * The writer of the log holds the lock until its last byte is there. A process that waits to start the container again
 * has its own lock before it releases that one, and releases its own after it has that one again. So the container has
 * ended if neither is held and no run came in between.
 */
static bool has_ended(void *arg)
{
	const struct log_end *end = arg;
	const struct home *home = end->home;
	const struct stat start = state_last_start(home);

	if (time_now() > end->until_ns)
		return true;
	return !home_is_held(home) && !restart_is_waiting(home->fd) && !home_is_held(home) &&
	       !state_has_started_since(home, &start);
}

static int pass_output(void *arg, enum log_stream stream, const void *bytes, size_t size)
{
	struct output *o = arg;
	int r = o->fn(o->userdata, stream == LOG_STDERR ? MASU_STDERR : MASU_STDOUT, bytes, size);

	o->stopped = r < 0;
	return r;
}

/* A missing log is not an empty one: the caller would wait for lines that never come. */
static int check_log(const masu_container *c, const struct log_driver *driver,
		     struct masu_error *err)
{
	const char *name = c->record.name;

	if (!driver->parse && driver->open) /* not in files */
		return 0;
	if (driver->parse &&
	    (faccessat(c->home.fd, LOG_FILE_NAME, F_OK, 0) == 0 || errno != ENOENT))
		return 0;
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "container '%s' has no log", name);
	if (driver->passes)
		return err_hint(err,
				"its output goes to the streams of the process that starts "
				"it: --log-driver %s",
				driver->name);
	return err_hint(err, "output is kept with -d, or with --log-driver");
}

static int read_log(masu_container *c, const struct masu_logs_options *o, struct masu_error *err)
{
	struct output output = {.fn = o->output, .userdata = o->userdata};
	struct log_end end = {.home = &c->home, .until_ns = o->until ? o->until : INT64_MAX};
	const struct log_query query = {
		.tail = o->tail == 0 ? -1 : MAX(o->tail, 0),
		.since_ns = o->since ? o->since : INT64_MIN,
		.until_ns = end.until_ns,
		.timestamps = o->timestamps,
		.follow = o->follow,
		.has_ended = has_ended,
		.arg = &end,
		.output = pass_output,
		.output_arg = &output,
		.cancel_fd = c->engine->cancel_fd,
	};
	const struct log_driver *driver = container_log_driver(&c->record);
	int r = check_log(c, driver, err);

	if (r < 0)
		return r;
	r = driver->parse ? log_read(driver, c->home.fd, &query, err)
			  : read_journal(c->home.id, &query, err);
	if (r == -ECANCELED && !output.stopped)
		return err_set(err, ERR_SIGNAL, ECANCELED, "canceled");
	if (r < 0 && output.stopped)
		return err_sys(err, r, "cannot pass on the container's output");
	return r < 0 ? err_prefix(err, "container '%s'", c->record.name) : 0;
}

int masu_container_logs(masu_container *c, const struct masu_logs_options *options, masu_error *err)
{
	struct masu_logs_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (!o.output)
		return err_set(err, ERR_INVALID, EINVAL, "missing option: output");
	r = container_open(c, err);
	if (r < 0)
		return r;
	r = read_log(c, &o, err);
	container_close(c);
	return r;
}
