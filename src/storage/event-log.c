/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/event-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"

#define LOG_FILE  "log"
#define OLD_FILE  "log.1"
#define SEPARATOR '\x1e'
#define ROOM	  (2 * (EVENT_TEXT_MAX + 2)) /* for a whole record behind the rest of another one */

static int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static int open_for_append(const char *dir)
{
	_cleanup_free_ char *path = path_join(dir, LOG_FILE);
	int fd = path ? open_log(path) : -ENOMEM;

	if (fd != -ENOENT)
		return fd;
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -errno : open_log(path);
}

/* The lock and the name are those of one file, so no other writer renames it in between. */
static void rotate(const char *dir, int fd)
{
	_cleanup_close_ int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !file_is_at(fd, dirfd, LOG_FILE))
		return;
	(void)renameat(dirfd, LOG_FILE, dirfd, OLD_FILE); /* if it fails, the next writer tries */
}

int event_log_append(const char *dir, size_t file_max, const char *text)
{
	const size_t length = strlen(text);
	struct iovec parts[] = {
		{(char[]){SEPARATOR}, 1}, {(char *)text, length}, {(char *)"\n", 1}};
	struct stat st;

	if (length > EVENT_TEXT_MAX)
		return -EMSGSIZE;
	_cleanup_close_ int fd = open_for_append(dir);
	if (fd < 0)
		return fd;
	ssize_t n = writev(fd, parts, ARRAY_SIZE(parts));
	if (n < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_size > (off_t)file_max)
		rotate(dir, fd);
	return (size_t)n < length + 2 ? -ENOSPC : 0;
}

static void source_close(struct event_source *s)
{
	fd_close(&s->fd);
	free(s->buffer);
	*s = (struct event_source){.fd = -1};
}

void event_log_done(struct event_log *log)
{
	fd_close(&log->dirfd);
	fd_close(&log->changes);
	source_close(&log->previous);
	source_close(&log->current);
}

static int source_open(int dirfd, const char *name, int flags, struct event_source *s)
{
	*s = (struct event_source){
		.fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0600)};
	return s->fd < 0 ? -errno : 0;
}

/* Opens both files; between the two a writer may rotate. */
static int open_sources(struct event_log *log)
{
	for (;;) {
		int r = source_open(log->dirfd, LOG_FILE, O_CREAT, &log->current);

		if (r < 0)
			return r;
		r = source_open(log->dirfd, OLD_FILE, 0, &log->previous);
		if (r < 0 && r != -ENOENT)
			return r;
		if (file_is_at(log->current.fd, log->dirfd, LOG_FILE))
			return 0;
		source_close(&log->current);
		source_close(&log->previous);
	}
}

static int watch(struct event_log *log)
{
	char path[FD_PATH_MAX];

	log->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (log->changes < 0 || inotify_add_watch(log->changes, fd_path(log->dirfd, path),
						  IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return -errno;
	return 0;
}

int event_log_open(const char *dir, bool follow, bool at_end, struct event_log *ret)
{
	_cleanup_event_log_ struct event_log log = EVENT_LOG_INIT;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	log.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log.dirfd < 0)
		return -errno;
	int r = follow ? watch(&log) : 0;
	if (r < 0)
		return r;
	r = open_sources(&log);
	if (r < 0)
		return r;
	if (at_end) {
		(void)lseek(log.previous.fd, 0, SEEK_END); /* fails if the file does not exist */
		(void)lseek(log.current.fd, 0, SEEK_END);
	}
	*ret = TAKE(log, EVENT_LOG_INIT);
	return 0;
}

/* Takes a line off the buffer: the text behind its last separator, or NULL. */
static const char *take_line(struct event_source *s, char *end)
{
	char *line = s->buffer + s->start;
	char *separator = memrchr(line, SEPARATOR, (size_t)(end - line));

	*end = '\0';
	s->start = (size_t)(end + 1 - s->buffer);
	return separator ? separator + 1 : NULL;
}

/* Makes room behind the bytes of the buffer. Bytes that are too many for a record are dropped. */
static int make_room(struct event_source *s)
{
	if (!s->buffer && !(s->buffer = malloc(ROOM)))
		return -ENOMEM;
	if (s->end - s->start > EVENT_TEXT_MAX + 1) {
		char *separator = memrchr(s->buffer + s->start + 1, SEPARATOR,
					  s->end - s->start - 1);

		s->start = separator ? (size_t)(separator - s->buffer) : s->end;
	}
	memmove(s->buffer, s->buffer + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	return 0;
}

/* The next text of a file, or NULL at its end. */
static int source_next(struct event_source *s, const char **ret_text)
{
	*ret_text = NULL;
	while (s->fd >= 0) {
		char *end = s->end > s->start
				    ? memchr(s->buffer + s->start, '\n', s->end - s->start)
				    : NULL;

		if (end && (*ret_text = take_line(s, end)))
			return 0;
		if (end)
			continue;
		int r = make_room(s);
		if (r < 0)
			return r;
		ssize_t n = read(s->fd, s->buffer + s->end, ROOM - s->end);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		s->end += (size_t)n;
	}
	return 0;
}

static void forget_changes(const struct event_log *log)
{
	char buffer[4096];

	while (log->changes >= 0 && read(log->changes, buffer, sizeof(buffer)) > 0)
		continue;
}

/*
 * Goes on to the next file once `log` is another one than `current`. With two rotations in between, log.1 is a file
 * that was not read yet, and is the next one. 1, or 0 without another file.
 */
static int advance(struct event_log *log)
{
	struct event_source next;

	if (file_is_at(log->current.fd, log->dirfd, LOG_FILE))
		return 0;
	/* First opened, then compared: a rotation in between would hide a file. */
	int r = source_open(log->dirfd, LOG_FILE, 0, &next);
	if (!file_is_at(log->current.fd, log->dirfd, OLD_FILE)) {
		source_close(&next);
		r = source_open(log->dirfd, OLD_FILE, 0, &next);
	}
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	source_close(&log->previous);
	log->previous = log->current;
	log->current = next;
	return 1;
}

static int look(struct event_log *log, const char **ret_text)
{
	int r;

	do {
		/* After a rotation a writer may still append to the previous file. */
		r = source_next(&log->previous, ret_text);
		if (r < 0 || *ret_text)
			return r;
		r = source_next(&log->current, ret_text);
		if (r < 0 || *ret_text)
			return r;
		r = log->changes < 0 ? 0 : advance(log);
	} while (r > 0);
	return r;
}

int event_log_next(struct event_log *log, const char **ret_text)
{
	int r = look(log, ret_text);

	if (r < 0 || *ret_text || log->changes < 0)
		return r;
	forget_changes(log);
	return look(log, ret_text); /* what comes after this look is a new change */
}
