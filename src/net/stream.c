/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/fd.h"

#define WAY_SIZE 16384
#define ROUNDS	 16 /* then the other streams have their turn */

int stream_init(struct stream *s, int first, int second)
{
	struct stream stream = STREAM_INIT;

	for (int i = 0; i < 2; i++)
		stream.ways[i].bytes = malloc(WAY_SIZE);
	if (!stream.ways[0].bytes || !stream.ways[1].bytes) {
		stream_done(&stream);
		return -ENOMEM;
	}
	stream.fd[0] = first;
	stream.fd[1] = second;
	*s = stream;
	return 0;
}

void stream_done(struct stream *s)
{
	for (int i = 0; i < 2; i++) {
		fd_close(&s->fd[i]);
		free(s->ways[i].bytes);
	}
	*s = STREAM_INIT;
}

static bool is_empty(const struct way *w)
{
	return w->start == w->end;
}

short stream_events(const struct stream *s, int side)
{
	bool reads = is_empty(&s->ways[side]) && !s->ways[side].ended;
	bool writes = !is_empty(&s->ways[1 - side]);

	return (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

/* 1 if bytes have come, 0 if none are there, or -errno. */
static int fill(struct way *w, int fd)
{
	ssize_t n = recv(fd, w->bytes, WAY_SIZE, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	w->ended = n == 0;
	w->start = 0;
	w->end = (size_t)n;
	return n > 0;
}

/* 1 if all bytes were sent, 0 if the socket is full, or -errno. */
static int drain(struct way *w, int fd)
{
	while (!is_empty(w)) {
		ssize_t n = send(fd, w->bytes + w->start, w->end - w->start, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		w->start += (size_t)n;
	}
	return 1;
}

static int move_bytes(struct way *w, int from, int to)
{
	int r = drain(w, to);

	for (int i = 0; r > 0 && i < ROUNDS && !w->ended; i++) {
		r = fill(w, from);
		if (r > 0)
			r = drain(w, to);
	}
	return MIN(r, 0);
}

static int move_end(struct way *w, int to)
{
	if (!w->ended || w->shut || !is_empty(w))
		return 0;
	w->shut = true;
	/* Of a socket whose peer has gone there is nothing to shut. */
	return shutdown(to, SHUT_WR) < 0 && errno != ENOTCONN ? -errno : 0;
}

void stream_reset(int *fd)
{
	static const struct linger at_once = {.l_onoff = 1};

	if (*fd >= 0)
		(void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	fd_close(fd);
}

/* The bytes of both ways come first: a server may answer, and reset the connection because it does not read the request. */
static int move(struct stream *s)
{
	int r = 0;

	for (int i = 0; i < 2; i++)
		r = MIN(r, move_bytes(&s->ways[i], s->fd[i], s->fd[1 - i]));
	for (int i = 0; r == 0 && i < 2; i++)
		r = move_end(&s->ways[i], s->fd[1 - i]);
	return r;
}

bool stream_step(struct stream *s)
{
	if (move(s) < 0) {
		stream_reset(&s->fd[0]);
		stream_reset(&s->fd[1]);
		return false;
	}
	return !s->ways[0].shut || !s->ways[1].shut;
}
