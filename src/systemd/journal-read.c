/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/journal-read.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/channel.h"
#include "base/str.h"
#include "base/time.h"
#include "systemd/message.h"

#define NSEC_PER_USEC 1000

/* A field of the current entry, "NAME=VALUE". False if it has no such field. */
static bool get_field(sd_journal *j, const char *name, const char **ret, size_t *ret_size)
{
	const void *data;
	size_t size, prefix = strlen(name) + 1;

	if (sd_journal_get_data(j, name, &data, &size) < 0 || size < prefix)
		return false;
	*ret = (const char *)data + prefix;
	*ret_size = size - prefix;
	return true;
}

static bool field_is(sd_journal *j, const char *name, const char *value)
{
	const char *found;
	size_t size;

	return get_field(j, name, &found, &size) && size == strlen(value) &&
	       memcmp(found, value, size) == 0;
}

static int add_match(sd_journal *j, const char *format, ...) _printf_(2, 3);

static int add_match(sd_journal *j, const char *format, ...)
{
	_cleanup_free_ char *match = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&match, format, ap) < 0)
		match = NULL;
	va_end(ap);
	return match ? sd_journal_add_match(j, match, 0) : -ENOMEM;
}

/* Goes back over the last lines; the next entry is the first to be sent. */
static int seek_tail(sd_journal *j, const struct journal_query *q)
{
	int64_t lines = 0;
	int r = q->until_ns ? sd_journal_seek_realtime_usec(
				      j, (uint64_t)(q->until_ns / NSEC_PER_USEC) + 1)
			    : sd_journal_seek_tail(j);

	while (r >= 0 && (r = sd_journal_previous(j)) > 0) {
		uint64_t usec = 0;

		lines += !field_is(j, "CONTAINER_PARTIAL_MESSAGE", "true") &&
			 !field_is(j, "CONTAINER_LOG_END", "1");
		(void)sd_journal_get_realtime_usec(j, &usec); /* else it is not compared */
		/* This entry is the end of a line before the wanted ones. */
		if (lines > q->tail ||
		    (q->since_ns && usec * NSEC_PER_USEC < (uint64_t)q->since_ns))
			return 0;
	}
	return r < 0 ? r : sd_journal_seek_head(j);
}

static int seek(sd_journal *j, const struct journal_query *q)
{
	if (q->tail >= 0)
		return seek_tail(j, q);
	if (q->since_ns)
		return sd_journal_seek_realtime_usec(j, (uint64_t)q->since_ns / NSEC_PER_USEC);
	return sd_journal_seek_head(j);
}

static int send_text(int channel, struct journal_record record, const char *text, size_t size)
{
	char bytes[sizeof(record) + JOURNAL_TEXT_MAX];
	bool partial = record.partial;

	do {
		size_t n = MIN(size, JOURNAL_TEXT_MAX);

		record.partial = partial || n < size;
		memcpy(bytes, &record, sizeof(record));
		memcpy(bytes + sizeof(record), text, n);
		int r = channel_send(channel, SYSTEMD_ENTRY, bytes, sizeof(record) + n, -1);
		if (r < 0)
			return r;
		text += n;
		size -= n;
	} while (size > 0);
	return 0;
}

/* Sends the current entry. 1 if it is after the last time. */
static int send_entry(int channel, sd_journal *j, const struct journal_query *q)
{
	struct journal_record record = {0};
	const char *text = "";
	size_t size = 0;
	uint64_t usec;
	int r = sd_journal_get_realtime_usec(j, &usec);

	if (r < 0)
		return r;
	record.time_ns = (int64_t)(usec * NSEC_PER_USEC);
	if (q->until_ns && record.time_ns > q->until_ns)
		return 1;
	record.is_stderr = field_is(j, "PRIORITY", "3");
	record.partial = field_is(j, "CONTAINER_PARTIAL_MESSAGE", "true");
	record.end = field_is(j, "CONTAINER_LOG_END", "1");
	(void)get_field(j, "MESSAGE", &text, &size); /* an empty line may have none */
	return send_text(channel, record, text, size);
}

/* Waits until the journal has grown. -ECONNRESET once the client has closed the channel. */
static int await_more(int channel, sd_journal *j)
{
	struct pollfd polls[] = {{.fd = channel, .events = POLLIN},
				 {.fd = sd_journal_get_fd(j), .events = POLLIN}};
	uint64_t usec = UINT64_MAX;
	int timeout_ms = -1, r;

	if (sd_journal_get_timeout(j, &usec) >= 0 && usec != UINT64_MAX) {
		int64_t left = (int64_t)(usec / 1000) - time_monotonic_ms();

		timeout_ms = (int)MIN(MAX(left, 0), INT32_MAX);
	}
	r = poll(polls, ARRAY_SIZE(polls), timeout_ms);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (polls[0].revents) /* the client sends nothing */
		return -ECONNRESET;
	r = sd_journal_process(j);
	return MIN(r, 0);
}

static int send_entries(int channel, sd_journal *j, const struct journal_query *q)
{
	for (;;) {
		int r = sd_journal_next(j);

		if (r < 0 || (r == 0 && !q->follow))
			return r;
		r = r > 0 ? send_entry(channel, j, q) : await_more(channel, j);
		if (r != 0)
			return MIN(r, 0);
	}
}

/* Without permission sd_journal_open() succeeds with no file. */
static int check_access(sd_journal *j, struct masu_error *err)
{
	if (sd_journal_has_runtime_files(j) != 0 || sd_journal_has_persistent_files(j) != 0)
		return 0;
	(void)err_set(err, ERR_DENIED, EACCES, "cannot read the journal: permission denied");
	return err_hint(err, "join the group systemd-journal, or keep the journal on disk: "
			     "sudo mkdir /var/log/journal");
}

int journal_send(int channel, const struct journal_query *query, struct masu_error *err)
{
	sd_journal *opened = NULL;
	int r = sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY);
	_cleanup_(sd_journal_closep) sd_journal *j = opened;

	if (r < 0)
		return err_sys(err, r, "open the journal");
	r = check_access(j, err);
	if (r < 0)
		return r;
	/* Before the first look at the files, so that no entry is missed in between. */
	if (query->follow && sd_journal_get_fd(j) < 0)
		return err_oom(err);
	r = add_match(j, "CONTAINER_ID_FULL=%s", query->id);
	if (r >= 0)
		r = add_match(j, "_UID=%u", (unsigned int)geteuid());
	if (r >= 0)
		r = seek(j, query);
	if (r >= 0)
		r = send_entries(channel, j, query);
	if (r == -ECONNRESET || r == -EPIPE)
		return 0;
	if (r < 0)
		return err_sys(err, r, "read the journal");
	r = channel_send(channel, SYSTEMD_DONE, NULL, 0, -1);
	return r == -EPIPE || r == 0 ? 0 : err_sys(err, r, "send the end of the journal");
}
