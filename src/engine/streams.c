/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/streams.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"

#define END_OF_FILE_KEY '\004'

void streams_add(struct streams *s, int from, int to, bool is_input, int log_as)
{
	struct stream *t = &s->item[s->n++];

	t->from = from;
	t->to = to;
	t->is_input = is_input;
	t->log_as = log_as;
	t->begin = t->end = 0;
}

void streams_wanted(const struct streams *s, struct pollfd *polls)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct stream *t = &s->item[i];
		bool full = t->begin < t->end;

		polls[2 * i] = (struct pollfd){full ? -1 : t->from, POLLIN, 0};
		polls[2 * i + 1] = (struct pollfd){full ? t->to : -1, POLLOUT, 0};
	}
}

static void read_some(struct streams *s, struct stream *t)
{
	ssize_t n = read(t->from, t->buffer, sizeof(t->buffer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* EIO: the pty's other end has been closed */
		t->from = -1;
		if (t->is_input) {
			t->buffer[0] = END_OF_FILE_KEY;
			t->begin = 0;
			t->end = 1;
		}
		return;
	}
	t->begin = 0;
	t->end = (size_t)n;
	if (s->log && t->log_as >= 0)
		log_writer_write(s->log, (enum log_stream)t->log_as, t->buffer, t->end, time_now());
}

/* No more than a pipe takes without blocking when poll calls it writable. */
static void write_some(struct stream *t)
{
	size_t size = t->end - t->begin;
	ssize_t n = t->to < 0 ? (ssize_t)size
			      : write(t->to, t->buffer + t->begin, MIN(size, PIPE_BUF));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <
	    0) { /* nobody reads any more: what comes is dropped, so that the container goes on */
		t->to = -1;
		n = (ssize_t)size;
	}
	t->begin += (size_t)n;
}

void streams_move(struct streams *s, const struct pollfd *polls)
{
	for (size_t i = 0; i < s->n; i++) {
		struct stream *t = &s->item[i];

		if (polls[2 * i].revents && t->from >= 0)
			read_some(s, t);
		if (t->begin < t->end && (polls[2 * i + 1].revents || t->to < 0))
			write_some(t);
	}
}

void streams_drain(struct streams *s, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;

	for (size_t i = 0; i < s->n; i++) {
		struct stream *t = &s->item[i];

		while (!t->is_input && (t->from >= 0 || (t->begin < t->end && t->to >= 0))) {
			bool full = t->begin < t->end && t->to >= 0;
			struct pollfd p = {full ? t->to : t->from, full ? POLLOUT : POLLIN, 0};
			int64_t left = deadline - time_monotonic_ms();

			/* A user who reads slowly gets all of it; an end that stays open does not hold. */
			int n = poll(&p, 1, full ? -1 : left > 0 ? (int)left : 0);
			if (n == 0 || (n < 0 && errno != EINTR))
				break;
			if (full && n > 0)
				write_some(t);
			else if (n > 0)
				read_some(s, t);
		}
	}
}
