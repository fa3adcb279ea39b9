/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/fd.h"
#include "base/time.h"
#include "engine/home.h"
#include "engine/record.h"

/* Whoever holds a container lets go without a sign on the file system. */
#define FOLLOW_CHECK_MS 250

static bool is_before(const struct log_entry *entry, int64_t since_ns)
{
	char stamp[TIME_STAMP_MAX];
	int64_t ns;

	if (!since_ns || entry->stamp_size >= sizeof(stamp))
		return false;
	memcpy(stamp, entry->stamp, entry->stamp_size);
	stamp[entry->stamp_size] = 0;
	return time_parse_stamp(stamp, &ns) == 0 && ns < since_ns;
}

static int watch(const struct home *home)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[FD_PATH_MAX];

	if (fd < 0 ||
	    inotify_add_watch(fd, fd_path(home->fd, path), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void wait_for_change(int watch_fd)
{
	struct pollfd p = {.fd = watch_fd, .events = POLLIN};
	char events[4096];

	(void)poll(&p, 1, FOLLOW_CHECK_MS);
	/* What happened doesn't matter: the log is looked at. */
	while (read(watch_fd, events, sizeof(events)) > 0)
		continue;
}

static int read_all(struct log_reader *reader, const struct logs_query *query,
		    int (*fn)(const struct log_entry *entry, void *arg), void *arg)
{
	struct log_entry entry;
	int n;

	while ((n = log_reader_next(reader, &entry)) > 0) {
		int r = is_before(&entry, query->since_ns) ? 0 : fn(&entry, arg);

		if (r < 0)
			return r;
	}
	return n;
}

static int open_log(struct log_reader *reader, const struct home *home,
		    const struct logs_query *query, struct err *err)
{
	_cleanup_record_ struct record record = {0};
	int r = log_reader_open(reader, home->fd, query->tail);

	if (r != -ENOENT)
		return r < 0 ? err_sys(err, r, "open the log") : 0;
	r = record_read(home->fd, &record, err);
	if (r < 0)
		return r;
	(void)err_set(err, ERR_NOT_FOUND, ENOENT, "container '%s' has no log", record.name);
	return err_hint(err, "there is one with -d, or --log-driver k8s-file in the foreground");
}

int engine_logs(struct engine *e, const char *what, const struct logs_query *query,
		int (*fn)(const struct log_entry *entry, void *arg), void *arg, struct err *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_close_ int watch_fd = -1;
	struct log_reader reader;
	char id[ID_LENGTH + 1];
	bool last;
	int r = home_find(e, what, id, err);

	if (r == 0)
		r = home_open(e, id, &home, err);
	if (r == 0)
		r = open_log(&reader, &home, query, err);
	if (r < 0)
		return r;
	watch_fd = query->follow ? watch(&home) : -1;
	do {
		/* Asked before reading: what the last holder wrote is then there. */
		last = !query->follow || !home_is_held(&home);
		r = read_all(&reader, query, fn, arg);
		if (r == 0 && !last)
			wait_for_change(watch_fd);
	} while (r == 0 && !last);
	log_reader_close(&reader);
	return r < 0 ? err_sys(err, r, "read the log of container '%s'", what) : 0;
}
