/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/text.h"

#define LOG_NAME     "log"
#define LOG_NAME_MAX (sizeof(LOG_NAME) + 12)
#define HEAD_MAX     (TEXT_STAMP_LENGTH + sizeof(" stdout F "))

/* Entries are made of at most three pieces: head, text, and a newline where the text has none. */
#define BATCH_PIECES 96

struct batch {
	struct iovec pieces[BATCH_PIECES];
	int n_pieces;
	size_t size; /* of the pieces */
};

struct heads {
	char whole[HEAD_MAX], part[HEAD_MAX];
};

static void make_head(char head[HEAD_MAX], enum log_stream stream, const char *tag, int64_t now_ns)
{
	struct text t = text_into(head, HEAD_MAX);

	text_add_stamp(&t, now_ns);
	text_add(&t, stream == LOG_STDOUT ? " stdout " : " stderr ");
	text_add(&t, tag);
	text_add(&t, " ");
}

/* "log" for 0, or "log.N". */
static void make_name(char name[LOG_NAME_MAX], unsigned int n)
{
	struct text t = text_into(name, LOG_NAME_MAX);

	text_add(&t, LOG_NAME);
	if (n) {
		text_add(&t, ".");
		text_add_uint(&t, n);
	}
}

static void add_piece(struct batch *b, const char *bytes, size_t size)
{
	b->pieces[b->n_pieces++] = (struct iovec){.iov_base = (char *)bytes, .iov_len = size};
	b->size += size;
}

/*
 * Fills a batch with as many entries as fit into its pieces and into `room` bytes of the file, or,
 * with `force`, with at least one. The number of bytes of `text` taken.
 */
static size_t fill_batch(struct batch *b, const struct heads *heads, const char *text, size_t size,
			 uint64_t room, bool force)
{
	const size_t head_size = strlen(heads->whole);
	size_t done = 0;

	b->n_pieces = 0;
	b->size = 0;
	while (done < size && b->n_pieces + 3 <= BATCH_PIECES) {
		const char *line = text + done;
		size_t n = size - done < LOG_TEXT_MAX ? size - done : LOG_TEXT_MAX;
		const char *newline = memchr(line, '\n', n);

		if (newline)
			n = (size_t)(newline - line) + 1;
		if (b->size + head_size + n + !newline > room && !(force && !done))
			break;
		add_piece(b, newline ? heads->whole : heads->part, head_size);
		add_piece(b, line, n);
		if (!newline)
			add_piece(b, "\n", 1);
		done += n;
	}
	return done;
}

/*
 * The user may have truncated the file, as logrotate does with copytruncate. What is appended goes to its
 * end all the same; only `size` is no longer right.
 */
static bool was_truncated(struct log_writer *w)
{
	off_t end = w->fd < 0 ? -1 : lseek(w->fd, 0, SEEK_END);

	if (end < 0 || (uint64_t)end >= w->size)
		return false;
	w->size = (uint64_t)end;
	return true;
}

/* Takes back a short write, so that the file ends in a whole entry. */
static void cut_back(struct log_writer *w, size_t written)
{
	off_t end = lseek(w->fd, 0, SEEK_END) - (off_t)written;

	if (end >= 0 && ftruncate(w->fd, end) == 0) {
		w->size = (uint64_t)end;
		return;
	}
	/* It may end in half an entry now: opening it again sees to that. */
	(void)close(w->fd);
	w->fd = -1;
}

static bool write_batch(struct log_writer *w, const struct batch *b)
{
	ssize_t written;

	if (w->fd < 0)
		return false;
	do
		written = writev(w->fd, b->pieces, b->n_pieces);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)b->size) {
		w->size += b->size;
		return true;
	}
	if (written > 0)
		cut_back(w, (size_t)written);
	return false;
}

/* Opens the current log and, should it end in half an entry, ends that. */
static int open_log(struct log_writer *w)
{
	off_t end;
	char last;

	w->fd = openat(w->dirfd, LOG_NAME,
		       O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		       0600);
	if (w->fd < 0)
		return -errno;
	end = lseek(w->fd, 0, SEEK_END); /* also refuses FIFOs, sockets and terminals */
	if (end < 0) {
		int r = -errno;

		(void)close(w->fd);
		w->fd = -1;
		return r;
	}
	w->size = (uint64_t)end;
	if (end > 0 && pread(w->fd, &last, 1, end - 1) == 1 && last != '\n' &&
	    write(w->fd, "\n", 1) == 1)
		w->size++;
	return 0;
}

static void rotate(struct log_writer *w)
{
	char from[LOG_NAME_MAX], to[LOG_NAME_MAX];

	/* Of many possible files few exist: begin at the first that is missing, which takes the last. */
	unsigned int n = 1;

	for (; n < w->files - 1; n++) {
		make_name(to, n);
		if (faccessat(w->dirfd, to, F_OK, 0) < 0)
			break;
	}
	if (w->files == 1)
		(void)unlinkat(w->dirfd, LOG_NAME,
			       0); /* if it stays, the log grows: better than none */
	for (; w->files > 1 && n > 0; n--) {
		make_name(from, n - 1);
		make_name(to, n);
		(void)renameat(w->dirfd, from, w->dirfd, to); /* as above */
	}
	if (w->fd >= 0)
		(void)close(w->fd);
	(void)open_log(w); /* the next write looks at w->fd */
}

/* What fits into the current file. */
static uint64_t room_left(const struct log_writer *w)
{
	if (!w->max_size)
		return UINT64_MAX;
	return w->size < w->max_size ? w->max_size - w->size : 0;
}

/* Says how much is missing here. True when nothing is, or when it could be said. */
static bool tell_lost(struct log_writer *w, int64_t now_ns)
{
	char entry[HEAD_MAX + 96];
	struct text t = text_into(entry, sizeof(entry));
	struct batch b = {0};

	if (!w->lost)
		return true;
	make_head(entry, LOG_STDERR, "F", now_ns);
	t.length = strlen(entry);
	text_add(&t, "masu: ");
	text_add_uint(&t, w->lost);
	text_add(&t, " bytes of output are missing here: the log could not be written\n");
	add_piece(&b, t.start, t.length);
	if (!write_batch(w, &b))
		return false;
	w->lost = 0;
	return true;
}

int log_writer_open(struct log_writer *w, int dirfd, uint64_t max_size, unsigned int files)
{
	*w = (struct log_writer){.dirfd = dirfd, .max_size = max_size, .files = files, .fd = -1};
	return open_log(w);
}

void log_writer_write(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size,
		      int64_t now_ns)
{
	struct heads heads;
	struct batch b;

	make_head(heads.whole, stream, "F", now_ns);
	make_head(heads.part, stream, "P", now_ns);
	if (w->fd < 0)
		(void)open_log(w); /* if it still fails, write_batch() does */
	while (size) {
		size_t n = fill_batch(&b, &heads, bytes, size, room_left(w), w->size == 0);

		if (!n && was_truncated(w))
			continue;
		if (!n) {
			rotate(w);
			n = fill_batch(&b, &heads, bytes, size, room_left(w), true);
		}
		if (!tell_lost(w, now_ns) || !write_batch(w, &b)) {
			w->lost += n;
			w->total += n;
		}
		bytes += n;
		size -= n;
	}
}

void log_writer_close(struct log_writer *w, int64_t now_ns)
{
	(void)tell_lost(w, now_ns); /* `total` tells it as well */
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}
