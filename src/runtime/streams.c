/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define END_OF_FILE_KEY '\004'

/* More than the kernel buffers for a terminal; it does not report how much. */
#define TERMINAL_KEEPS (128U << 10)

/*
 * A terminal takes less than PIPE_BUF at times, and then a write that may block lasts until its reader
 * goes on. Its flags are the user's, so it is opened once more; but a master, which is a terminal as well,
 * would be another one then.
 */
static int open_terminal(struct stream *t)
{
	unsigned int n;
	bool opens = isatty(t->to) && ioctl(t->to, TIOCGPTN, &n) < 0;
	int fd = opens ? fd_reopen(t->to, O_WRONLY | O_NOCTTY | O_NONBLOCK) : -1;

	return fd < 0 ? t->to : (t->own[1] = fd);
}

static size_t write_max(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags >= 0 && flags & O_NONBLOCK)
		return STREAM_BUFFER;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? STREAM_BUFFER : PIPE_BUF;
}

void streams_add(struct streams *s, enum stream_kind kind, int from, int to, int log_as)
{
	struct stream *t = &s->item[s->n++];

	t->kind = kind;
	t->from = from;
	t->to = to;
	t->own[0] = kind == STREAM_INPUT ? to : kind == STREAM_OUTPUT ? from : -1;
	t->own[1] = -1;
	t->log_as = log_as;
	t->failed = 0;
	t->begin = t->end = 0;
	t->rest = SIZE_MAX;
	if (kind == STREAM_OUTPUT || kind == STREAM_SCREEN)
		t->to = open_terminal(t);
	t->write_max = write_max(t->to);
}

void stream_feed(struct stream *t, const void *bytes, size_t size)
{
	if (t->to < 0)
		return; /* its reader has gone */
	memcpy(t->buffer, bytes, size);
	t->begin = 0;
	t->end = size;
}

static void end(struct stream *t)
{
	fd_close(&t->own[0]);
	fd_close(&t->own[1]);
	t->from = t->to = -1;
	t->begin = t->end = 0;
}

void streams_done(struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		end(&s->item[i]);
	s->n = 0;
}

static bool is_full(const struct stream *t)
{
	return t->begin < t->end;
}

bool streams_wanted(const struct streams *s, struct pollfd *polls)
{
	bool waits = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct stream *t = &s->item[i];
		bool full = is_full(t);

		polls[2 * i] = (struct pollfd){full ? -1 : t->from, POLLIN, 0};
		polls[2 * i + 1] = (struct pollfd){full ? t->to : -1, POLLOUT, 0};
		waits |= full;
	}
	return waits;
}

/*
 * The keys that detach are taken out. They are read to a place behind the one that they are passed
 * to, as the beginning of a sequence may have been held back.
 */
static ssize_t read_keys(struct streams *s, struct stream *t)
{
	if (!s->keys)
		return read(t->from, t->buffer, sizeof(t->buffer));
	char *typed = t->buffer + KEYS_MAX;
	ssize_t n = read(t->from, typed, sizeof(t->buffer) - KEYS_MAX);
	if (n <= 0)
		return n;
	size_t passed = keys_pass(s->keys, typed, (size_t)n, t->buffer, &s->detached);
	if (s->detached)
		t->from = -1;
	if (passed > 0)
		return (ssize_t)passed;
	errno = EAGAIN;
	return -1;
}

static void read_some(struct streams *s, struct stream *t)
{
	ssize_t n = t->kind == STREAM_KEYS
			    ? read_keys(s, t)
			    : read(t->from, t->buffer, MIN(sizeof(t->buffer), t->rest));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && t->kind == STREAM_INPUT)
		t->failed = errno;
	if (n <= 0 && t->kind != STREAM_KEYS) { /* EIO: the pty's other end has been closed */
		end(t);
		return;
	}
	if (n <= 0) {
		t->from = -1;
		t->buffer[0] = END_OF_FILE_KEY;
		n = 1;
	}
	t->begin = 0;
	t->end = (size_t)n;
	t->rest -= t->rest == SIZE_MAX ? 0 : t->end;
	if (t->rest == 0)
		t->from = -1;
	if (s->log && t->log_as >= 0)
		log_writer_write(s->log, (enum log_stream)t->log_as, t->buffer, t->end, time_now());
}

/* Without a log the output of the pipe has no reader any more, which the container must notice. */
static void write_failed(const struct streams *s, struct stream *t)
{
	if (t->kind == STREAM_OUTPUT)
		t->failed = errno;
	if (t->kind == STREAM_INPUT || (t->kind == STREAM_OUTPUT && !s->log)) {
		end(t);
		return;
	}
	t->to = -1; /* further output is dropped, so that the container goes on */
	t->begin = t->end;
}

static void write_some(const struct streams *s, struct stream *t)
{
	size_t size = t->end - t->begin;
	ssize_t n = t->to < 0 ? (ssize_t)size
			      : write(t->to, t->buffer + t->begin, MIN(size, t->write_max));

	if (n >= 0)
		t->begin += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		write_failed(s, t);
}

void streams_move(struct streams *s, const struct pollfd *polls)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stream *t = &s->item[i];
		bool writable = polls[2 * i + 1].revents != 0;

		if (polls[2 * i].revents && t->from >= 0) {
			read_some(s, t);
			writable = t->write_max == STREAM_BUFFER;
		}
		if (is_full(t) && (writable || t->to < 0))
			write_some(s, t);
	}
}

bool streams_detached(const struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].kind == STREAM_KEYS && is_full(&s->item[i]))
			return false;
	return s->detached;
}

static void finish(struct stream *t)
{
	int n = 0;

	if (t->kind == STREAM_INPUT || t->kind == STREAM_KEYS) {
		end(t);
		return;
	}
	if (t->kind == STREAM_SCREEN)
		n = TERMINAL_KEEPS;
	else if (t->from >= 0)
		(void)ioctl(t->from, FIONREAD, &n);
	t->rest = (size_t)n;
	if (t->rest == 0)
		t->from = -1;
}

void streams_finish(struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		finish(&s->item[i]);
}

bool streams_left(const struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].from >= 0 || is_full(&s->item[i]))
			return true;
	return false;
}
