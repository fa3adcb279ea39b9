/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd journal, by its native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): one
 * datagram an entry, which goes by a sealed file in memory when it is too large for one. A field is
 * "NAME=value\n", or, with any bytes in it, "NAME\n", its size as 64 little-endian bits, and the value
 * and "\n". The fields are those of docker and podman:
 *
 *	MESSAGE, PRIORITY			a line; 6 for stdout, 3 for stderr
 *	CONTAINER_ID, CONTAINER_ID_FULL		12 and 64 digits
 *	CONTAINER_NAME, CONTAINER_TAG, IMAGE_NAME, SYSLOG_IDENTIFIER	the last is the tag
 *	CONTAINER_PARTIAL_MESSAGE=true		the line goes on in the stream's next entry
 *	SYSLOG_TIMESTAMP			when masu read it
 *	CONTAINER_LOG_END=1			no line: the container's last entry, for its readers
 *
 * A journal that does not take entries holds the container for a moment at most; then output is
 * dropped and counted until the journal takes entries again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "logs/writer.h"

#define SOCKET	   "/run/systemd/journal/socket"
#define TIMEOUT_US 500000 /* that a datagram waits for room in the journal's queue */
#define FIELDS_MAX 2048

static int open_socket(struct log_writer *w)
{
	const struct timeval timeout = {.tv_usec = TIMEOUT_US};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = w->settings.journal ? w->settings.journal : SOCKET;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, MIN(strlen(path), sizeof(address.sun_path) - 1));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	w->fd = TAKE_FD(fd);
	return 0;
}

static int check(void)
{
	struct log_writer w = {.fd = -1};
	int r = open_socket(&w);

	if (r < 0)
		return r;
	(void)close(w.fd);
	return 0;
}

/* An entry that is too large for a datagram. */
static bool send_by_memory(int fd, const struct iovec *pieces, int n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	int memory = memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct msghdr m = {.msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t size = 0;

	if (memory < 0)
		return false;
	for (int i = 0; i < n; i++)
		size += (ssize_t)pieces[i].iov_len;
	control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
					  .cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(&control.header), &memory, sizeof(memory));
	bool sent = writev(memory, pieces, n) == size &&
		    fcntl(memory, F_ADD_SEALS,
			  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 &&
		    sendmsg(fd, &m, MSG_NOSIGNAL) >= 0;
	(void)close(memory);
	return sent;
}

static bool send_entry(struct log_writer *w, struct iovec *pieces, int n)
{
	const struct msghdr m = {.msg_iov = pieces, .msg_iovlen = (size_t)n};
	/* After a timeout it does not wait, until the journal has taken an entry. */
	int flags = MSG_NOSIGNAL | (w->lost ? MSG_DONTWAIT : 0);

	if (w->fd < 0 && open_socket(w) < 0)
		return false;
	if (sendmsg(w->fd, &m, flags) >= 0)
		return true;
	if (errno == EMSGSIZE || errno == ENOBUFS)
		return send_by_memory(w->fd, pieces, n);
	if (errno != EAGAIN &&
	    errno != EINTR) { /* the journal's socket was replaced: the next uses it */
		(void)close(w->fd);
		w->fd = -1;
	}
	return false;
}

static void add_field(struct text *t, const char *name, const char *value)
{
	if (!value || strchr(value, '\n') || !*value)
		return;
	text_add(t, name);
	text_add(t, value);
	text_add(t, "\n");
}

/* All fields but the message. */
static void add_fields(const struct log_writer *w, struct text *t, const struct log_output *output)
{
	const struct log_settings *s = &w->settings;
	char id[13] = "";

	if (s->id)
		memcpy(id, s->id, MIN(strlen(s->id), sizeof(id) - 1));
	add_field(t, "PRIORITY=", output->stream == LOG_STDOUT ? "6" : "3");
	add_field(t, "CONTAINER_ID=", id);
	add_field(t, "CONTAINER_ID_FULL=", s->id);
	add_field(t, "CONTAINER_NAME=", s->name);
	add_field(t, "CONTAINER_TAG=", s->tag);
	add_field(t, "SYSLOG_IDENTIFIER=", s->tag);
	add_field(t, "IMAGE_NAME=", s->image);
	text_add(t, "SYSLOG_TIMESTAMP=");
	text_add_stamp(t, output->now_ns);
	text_add(t, "\n");
}

/* `size` bytes of a line, without its newline. */
static bool send_line(struct log_writer *w, const struct log_output *output, size_t size,
		      bool whole)
{
	char fields[FIELDS_MAX], head[16] = "MESSAGE\n";
	struct text t = text_into(fields, sizeof(fields));

	for (size_t i = 0; i < 8; i++)
		head[8 + i] = (char)((uint64_t)size >> 8 * i);
	add_fields(w, &t, output);
	if (!whole)
		add_field(&t, "CONTAINER_PARTIAL_MESSAGE=", "true");
	struct iovec pieces[] = {
		{t.start, t.length},
		{head, sizeof(head)},
		{(char *)output->text, size},
		{(char *)"\n", 1},
	};
	return send_entry(w, pieces, ARRAY_SIZE(pieces));
}

static bool report_lost(struct log_writer *w, int64_t now_ns)
{
	char text[LOG_LOST_MAX];
	const struct log_output output = {LOG_STDERR, now_ns, text, log_lost_text(w->lost, text)};

	if (w->lost && !send_line(w, &output, output.size - 1, true))
		return false;
	w->lost = 0;
	return true;
}

static void write_output(struct log_writer *w, const struct log_output *output)
{
	struct log_output left = *output;

	while (left.size) {
		size_t n = MIN(left.size, LOG_TEXT_MAX);
		const char *newline = memchr(left.text, '\n', n);

		if (newline)
			n = (size_t)(newline - left.text) + 1;
		if (!report_lost(w, left.now_ns) ||
		    !send_line(w, &left, newline ? n - 1 : n, newline)) {
			w->lost += n;
			w->total += n;
		}
		left.text += n;
		left.size -= n;
	}
}

static void close_socket(struct log_writer *w, int64_t now_ns)
{
	const struct log_output output = {.now_ns = now_ns};
	char fields[FIELDS_MAX];
	struct text t = text_into(fields, sizeof(fields));

	(void)report_lost(w, now_ns); /* `total` counts them as well */
	add_fields(w, &t, &output);
	add_field(&t, "CONTAINER_LOG_END=", "1");
	add_field(&t, "MESSAGE=", "container ended");
	struct iovec piece = {t.start, t.length};
	(void)send_entry(w, &piece, 1); /* readers then wait a moment longer for the end */
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

const struct log_driver log_journald = {
	.name = "journald",
	.has_tag = true,
	.check = check,
	.open = open_socket,
	.write = write_output,
	.close = close_socket,
};
