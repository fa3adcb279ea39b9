/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

#define FILE_NAME_MAX (sizeof(LOG_FILE_NAME) + 12)

void log_batch_add(struct log_batch *b, const char *bytes, size_t size)
{
	b->pieces[b->n_pieces++] = (struct iovec){.iov_base = (char *)bytes, .iov_len = size};
	b->size += size;
}

static size_t fill(const struct log_writer *w, struct log_batch *b, const struct log_output *output,
		   bool force)
{
	uint64_t room = UINT64_MAX;

	if (w->settings.max_size)
		room = w->size < w->settings.max_size ? w->settings.max_size - w->size : 0;
	b->n_pieces = 0;
	b->size = 0;
	return w->driver->fill(b, output, room, force);
}

/* "log" for 0, or "log.N". */
static void make_name(char name[FILE_NAME_MAX], unsigned int n)
{
	struct text t = text_into(name, FILE_NAME_MAX);

	text_add(&t, LOG_FILE_NAME);
	if (n) {
		text_add(&t, ".");
		text_add_uint(&t, n);
	}
}

/*
 * The user may have truncated the file, as logrotate does with copytruncate. Appended bytes go to its
 * end all the same; only `size` is wrong then.
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
	/* It may end in half an entry now: the next open ends that. */
	(void)close(w->fd);
	w->fd = -1;
}

static bool write_batch(struct log_writer *w, const struct log_batch *b)
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
int log_files_open(struct log_writer *w)
{
	off_t end;
	char last;

	w->fd = openat(w->settings.dirfd, LOG_FILE_NAME,
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
	char from[FILE_NAME_MAX], to[FILE_NAME_MAX];

	/* Of many possible files few exist: begin at the first that is missing, which takes the last. */
	unsigned int n = 1;

	for (; n < w->settings.files - 1; n++) {
		make_name(to, n);
		if (faccessat(w->settings.dirfd, to, F_OK, 0) < 0)
			break;
	}
	if (w->settings.files == 1)
		(void)unlinkat(w->settings.dirfd, LOG_FILE_NAME,
			       0); /* if it stays, the log grows: better than none */
	for (; w->settings.files > 1 && n > 0; n--) {
		make_name(from, n - 1);
		make_name(to, n);
		(void)renameat(w->settings.dirfd, from, w->settings.dirfd, to); /* as above */
	}
	if (w->fd >= 0)
		(void)close(w->fd);
	(void)log_files_open(w); /* the next write looks at w->fd */
}

/* Reports how much is missing here. True when nothing is, or when that worked. */
static bool report_lost(struct log_writer *w, int64_t now_ns)
{
	char text[LOG_LOST_MAX];
	const struct log_output output = {LOG_STDERR, now_ns, text, log_lost_text(w->lost, text)};
	struct log_batch b;

	if (!w->lost)
		return true;
	(void)fill(w, &b, &output, true); /* one short line always fits into a batch */
	if (!write_batch(w, &b))
		return false;
	w->lost = 0;
	return true;
}

void log_files_write(struct log_writer *w, const struct log_output *output)
{
	struct log_output left = *output;
	struct log_batch b;

	if (w->fd < 0)
		(void)log_files_open(w); /* if it still fails, write_batch() does */
	while (left.size) {
		size_t n = fill(w, &b, &left, w->size == 0);

		if (!n && was_truncated(w))
			continue;
		if (!n) {
			rotate(w);
			n = fill(w, &b, &left, true);
		}
		if (!report_lost(w, left.now_ns) || !write_batch(w, &b)) {
			w->lost += n;
			w->total += n;
		}
		left.text += n;
		left.size -= n;
	}
}

void log_files_close(struct log_writer *w, int64_t now_ns)
{
	(void)report_lost(w, now_ns); /* `total` counts them as well */
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}
