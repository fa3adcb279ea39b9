/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "logs/files.h"
#include "logs/parser.h"

#define BLOCK_SIZE   65536
#define OPEN_RETRIES 100
#define FOLLOW_MS    500

/* All files of a log, the newest first. */
struct log_files {
	int fds[LOG_FILES_MAX];
	size_t n;
};

static void files_done(struct log_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		fd_close(&files->fds[i]);
	files->n = 0;
}

/* Output is collected as long as it goes to one stream, so that their order is kept. */
struct sink {
	const struct log_query *query;
	enum log_stream stream;
	size_t size;
	char bytes[BLOCK_SIZE];
};

static int sink_flush(struct sink *s)
{
	size_t size = s->size;

	s->size = 0;
	return size ? s->query->output(s->query->output_arg, s->stream, s->bytes, size) : 0;
}

static int sink_add(void *arg, enum log_stream stream, const char *bytes, size_t size)
{
	struct sink *s = arg;
	int r;

	if (s->stream != stream || s->size + size > sizeof(s->bytes)) {
		r = sink_flush(s);
		if (r < 0)
			return r;
	}
	s->stream = stream;
	if (size > sizeof(s->bytes)) /* a line, with its newline */
		return s->query->output(s->query->output_arg, stream, bytes, size);
	memcpy(s->bytes + s->size, bytes, size);
	s->size += size;
	return 0;
}

static void file_name(char name[16], size_t n)
{
	(void)snprintf(name, 16, n ? "log.%zu" : "log", n); /* fits: n is below LOG_FILES_MAX */
}

static bool same_file(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Is this still the current log? */
static bool is_current(int dirfd, int fd)
{
	return file_is_at(fd, dirfd, LOG_FILE_NAME);
}

/* A writer that was killed in the midst of a rotation leaves no "log". */
static bool is_missing(int dirfd)
{
	return faccessat(dirfd, LOG_FILE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

static int open_file(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -EINVAL;
	}
	return fd;
}

static int open_sequence(int dirfd, struct log_files *files)
{
	char name[16];

	files->n = 0;
	for (size_t i = 0; i < LOG_FILES_MAX; i++) {
		int fd;

		file_name(name, i);
		fd = open_file(dirfd, name);
		if (fd == -ENOENT && i == 0)
			continue; /* between two steps of a rotation */
		if (fd == -ENOENT)
			break;
		if (fd < 0) {
			files_done(files);
			return fd;
		}
		files->fds[files->n++] = fd;
	}
	return 0;
}

/* Opens all files as they were at one moment. */
static int open_files(int dirfd, struct log_files *files, struct masu_error *err)
{
	for (int i = 0; i < OPEN_RETRIES; i++) {
		int r = open_sequence(dirfd, files);

		if (r < 0)
			return err_sys(err, r, "open the container's log");
		/* A rotation on the way has changed what "log" is. */
		if (!files->n || is_current(dirfd, files->fds[0]) || is_missing(dirfd))
			return 0;
		files_done(files);
	}
	return err_set(err, ERR_UNAVAILABLE, EAGAIN,
		       "cannot read the container's log: it is rotated too fast");
}

/* Does the entry at a place of a file end a line? So does a line that is not an entry. */
static bool ends_line(const struct log_driver *driver, int fd, off_t at, off_t next)
{
	char line[LOG_LINE_MAX + 1];
	struct log_entry e;
	ssize_t n = pread(fd, line, (size_t)MIN(next - at, (off_t)sizeof(line)), at);

	if (n > 0 && line[n - 1] == '\n')
		n--;
	return n <= 0 || n > LOG_LINE_MAX || !driver->parse(line, (size_t)n, &e) || e.whole;
}

/*
 * Looks backward from the end of a file for the place from which on it has *lines whole lines. The
 * parts of a line that is not finished at the end of the newest file count as one. Takes the found
 * lines off *lines. The place is where the entry after the last one too many begins, or 0.
 */
static off_t find_tail(const struct log_driver *driver, int fd, bool newest, int64_t *lines)
{
	off_t end = lseek(fd, 0, SEEK_END), next = end; /* where the entry after this one begins */
	char block[4096];

	for (off_t at = end; at > 0;) {
		off_t from = at > (off_t)sizeof(block) ? at - (off_t)sizeof(block) : 0;
		ssize_t n = pread(fd, block, (size_t)(at - from), from);

		if (n != at - from)
			return 0;
		for (off_t i = at; i >= from; i--) {
			bool start = i == 0 || (i > from && block[i - from - 1] == '\n');

			if (!start || i == end)
				continue;
			if ((newest && next == end) || ends_line(driver, fd, i, next)) {
				if (*lines == 0)
					return next;
				(*lines)--;
			}
			next = i;
		}
		at = from;
	}
	return 0;
}

/* Reads on in a file until its end. */
static int read_to_end(int fd, struct log_parser *p, struct masu_error *err)
{
	char block[BLOCK_SIZE];

	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read the container's log");
		if (n == 0)
			return 0;
		r = log_parser_feed(p, block, (size_t)n);
		if (r < 0)
			return r; /* of the output, which log_read() reports */
	}
}

/* Seeks to the beginning of the tail and returns the index of its file. */
static size_t seek_tail(const struct log_driver *driver, const struct log_files *files,
			int64_t lines)
{
	if (lines < 0)
		return files->n - 1;
	for (size_t i = 0; i < files->n; i++) {
		off_t at = find_tail(driver, files->fds[i], i == 0, &lines);

		if (lseek(files->fds[i], at, SEEK_SET) > 0)
			return i;
	}
	return files->n - 1;
}

/* The file that came after `fd`; -1 when none has come yet. */
static int open_next(int dirfd, int fd, int *ret_fd, struct masu_error *err)
{
	struct log_files files;
	size_t i = 0;
	int r = open_files(dirfd, &files, err);

	if (r < 0)
		return r;
	while (i < files.n && !same_file(files.fds[i], fd))
		i++;
	/* Right after it, or, if it has been dropped by now, the oldest; i is at most files.n. */
	*ret_fd = i > 0 ? TAKE_FD(files.fds[i - 1]) : -1;
	files_done(&files);
	return 0;
}

static int watch(int dirfd, struct masu_error *err)
{
	char path[FD_PATH_MAX];
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, fd_path(dirfd, path),
					IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return err_sys(err, errno, "watch the container's log");
	return TAKE_FD(fd);
}

/* Returns when something may have happened, whatever it was; or -ECANCELED. */
static int wait_for_change(int watch_fd, int cancel_fd)
{
	struct pollfd p[] = {{.fd = watch_fd, .events = POLLIN},
			     {.fd = cancel_fd, .events = POLLIN}};
	char events[4096];

	if (poll(p, 2, FOLLOW_MS) <= 0)
		return 0;
	while (read(watch_fd, events, sizeof(events)) > 0)
		;
	return p[1].revents ? -ECANCELED : 0;
}

/* Reads on from the beginning of a log that was truncated in its place (logrotate's copytruncate). */
static int follow_truncation(int fd, struct log_parser *p)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (at < 0 || fstat(fd, &st) < 0 || st.st_size >= at)
		return 0;
	(void)lseek(fd, 0, SEEK_SET); /* can't fail where the line above didn't */
	return log_parser_end(p);
}

static int read_more(int fd, struct log_parser *p, struct masu_error *err)
{
	int r = follow_truncation(fd, p);

	return r < 0 ? r : read_to_end(fd, p, err);
}

/*
 * Reads from *fd on, which is -1 as long as the log does not exist, through rotations, until the end of
 * the container.
 */
static int follow(int dirfd, int *fd, struct log_parser *p, struct sink *s, struct masu_error *err)
{
	_cleanup_close_ int watch_fd = watch(dirfd, err);
	int r = MIN(watch_fd, 0);

	while (r == 0) {
		/* In this order, so that output from before the end, or the rotation, is read. */
		bool ended = s->query->has_ended(s->query->arg);
		bool current = *fd >= 0 && is_current(dirfd, *fd);
		int next = -1;

		if (*fd >= 0)
			r = read_more(*fd, p, err);
		if (r < 0)
			return r;
		r = sink_flush(s);
		if (r < 0)
			return r;
		r = current ? 0 : open_next(dirfd, *fd, &next, err);
		if (r < 0)
			return r;
		if (next >= 0) {
			r = log_parser_end(p);
			fd_close(fd);
			*fd = next;
		} else if (ended) {
			return 0;
		} else {
			r = wait_for_change(watch_fd, s->query->cancel_fd);
		}
	}
	return r;
}

static int read_files(int dirfd, struct log_files *files, struct log_parser *p, struct sink *s,
		      struct masu_error *err)
{
	_cleanup_close_ int current = -1;
	int r;

	for (size_t i = files->n ? seek_tail(p->driver, files, s->query->tail) + 1 : 0; i > 0;
	     i--) {
		r = read_to_end(files->fds[i - 1], p, err);
		if (r < 0)
			return r;
		r = i > 1 ? log_parser_end(p) : 0;
		if (r < 0)
			return r;
	}
	if (files->n)
		current = TAKE_FD(files->fds[0]);
	r = s->query->follow ? follow(dirfd, &current, p, s, err) : 0;
	if (r < 0)
		return r;
	r = log_parser_end(p);
	return r < 0 ? r : sink_flush(s);
}

int log_read(const struct log_driver *driver, int dirfd, const struct log_query *q,
	     struct masu_error *err)
{
	struct sink s = {.query = q};
	struct log_parser p;
	struct log_files files;
	int r;

	log_parser_init(&p, driver, sink_add, &s);
	p.timestamps = q->timestamps;
	p.since_ns = q->since_ns;
	p.until_ns = q->until_ns;
	r = open_files(dirfd, &files, err);
	if (r < 0)
		return r;
	r = read_files(dirfd, &files, &p, &s, err);
	files_done(&files);
	return r;
}
