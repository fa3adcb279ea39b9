/* SPDX-License-Identifier: Apache-2.0 */
#include "base/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fd.h"

struct wire_err {
	uint32_t kind;
	int32_t code;
	uint32_t message_size; /* of the message without NUL, which the hint follows */
};

int channel_pair(int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

/* sendmsg(2) with a descriptor, or with none if it is -1. Returns the number of bytes sent, or -errno. */
static ssize_t send_parts(int channel, const struct iovec *parts, size_t n, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr m = {.msg_iov = (struct iovec *)parts, .msg_iovlen = n};

	if (fd >= 0) {
		control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.room);
	}
	for (;;) {
		ssize_t sent = sendmsg(channel, &m, MSG_NOSIGNAL);

		if (sent >= 0)
			return sent;
		if (errno != EINTR)
			return -errno;
	}
}

int channel_send(int channel, uint32_t type, const void *bytes, size_t size, int fd)
{
	struct iovec parts[] = {
		{.iov_base = &type, .iov_len = sizeof(type)},
		{.iov_base = (void *)bytes, .iov_len = size},
	};

	if (size > CHANNEL_MESSAGE_MAX)
		return -EMSGSIZE;
	return (int)MIN(send_parts(channel, parts, ARRAY_SIZE(parts), fd), 0);
}

int channel_send_err(int channel, const struct masu_error *err)
{
	static const char cut[] = " [cut]";
	const char *message = err->message ? err->message : strerror(err->code);
	const char *hint = err->hint ? err->hint : "";
	uint32_t type = CHANNEL_ERROR;
	size_t room = CHANNEL_MESSAGE_MAX / 4;
	size_t message_size = MIN(strlen(message), room), hint_size = MIN(strlen(hint), room);
	size_t cut_size = strlen(message) > room ? sizeof(cut) - 1 : 0;
	struct wire_err wire = {
		.kind = err->kind,
		.code = err->code,
		.message_size = (uint32_t)(message_size + cut_size),
	};
	struct iovec parts[] = {
		{.iov_base = &type, .iov_len = sizeof(type)},
		{.iov_base = &wire, .iov_len = sizeof(wire)},
		{.iov_base = (void *)message, .iov_len = message_size},
		{.iov_base = (void *)cut, .iov_len = cut_size},
		{.iov_base = (void *)hint, .iov_len = hint_size},
	};

	return (int)MIN(send_parts(channel, parts, ARRAY_SIZE(parts), -1), 0);
}

void channel_message_done(struct channel_message *m)
{
	free(m->bytes);
	fd_close(&m->fd);
	*m = CHANNEL_MESSAGE_INIT;
}

static int take_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/*
 * If the peer closes the channel with messages unread, the kernel reports ECONNRESET once, before the messages that the
 * peer has sent.
 */
static ssize_t receive(int channel, struct msghdr *m, int flags)
{
	bool reset = false;

	for (;;) {
		ssize_t n = recvmsg(channel, m, flags);

		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || reset)))
			return n;
		reset |= errno == ECONNRESET;
	}
}

int channel_receive(int channel, struct channel_message *m)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	uint32_t type;
	struct iovec head = {.iov_base = &type, .iov_len = sizeof(type)};
	struct msghdr peek = {.msg_iov = &head, .msg_iovlen = 1};

	channel_message_done(m);
	ssize_t n = receive(channel, &peek, MSG_PEEK | MSG_TRUNC);
	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? -ECONNRESET : -errno;
	if ((size_t)n < sizeof(type) || (size_t)n > CHANNEL_MESSAGE_MAX + sizeof(type))
		return -EBADMSG;
	size_t size = (size_t)n - sizeof(type);
	_cleanup_free_ char *bytes = malloc(size + 1);
	if (!bytes)
		return -ENOMEM;
	struct iovec parts[] = {
		{.iov_base = &type, .iov_len = sizeof(type)},
		{.iov_base = bytes, .iov_len = size},
	};
	/* Room for one descriptor, without the padding that could take another: the kernel closes all others. */
	struct msghdr header = {.msg_iov = parts,
				.msg_iovlen = ARRAY_SIZE(parts),
				.msg_control = &control,
				.msg_controllen = CMSG_LEN(sizeof(int))};
	n = receive(channel, &header, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	_cleanup_close_ int fd = take_fd(&header);
	if (header.msg_flags & MSG_CTRUNC)
		return -EBADMSG;
	bytes[size] = 0;
	m->type = type;
	m->size = size;
	m->bytes = TAKE_PTR(bytes);
	m->fd = TAKE_FD(fd);
	return 0;
}

int channel_to_err(const struct channel_message *m, struct masu_error *err)
{
	struct wire_err wire;

	if (m->type != CHANNEL_ERROR || m->size < sizeof(wire))
		return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected message of type %u",
			       m->type);
	memcpy(&wire, m->bytes, sizeof(wire));
	size_t texts = m->size - sizeof(wire);
	if (wire.kind >= ERR_KIND_MAX || wire.code <= 0 || wire.message_size > texts)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed error message");
	const char *message = m->bytes + sizeof(wire);
	(void)err_set(err, (enum err_kind)wire.kind, wire.code, "%.*s", (int)wire.message_size,
		      message);
	if (texts > wire.message_size)
		(void)err_hint(err, "%s", message + wire.message_size);
	return -wire.code;
}

static int connect_to(const char *path, int type)
{
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), place = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path));
	} else { /* a path may be longer than an address */
		place = open(path, O_PATH | O_CLOEXEC);
		if (place < 0)
			return -errno;
		(void)fd_path(place, address.sun_path);
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int channel_connect(const char *path)
{
	return connect_to(path, SOCK_SEQPACKET);
}

int socket_connect(const char *path)
{
	return connect_to(path, SOCK_STREAM);
}

int socket_send_fd(int socket_fd, const char *bytes, size_t size, int fd)
{
	while (size > 0) {
		const struct iovec rest = {.iov_base = (void *)bytes, .iov_len = size};
		ssize_t n = send_parts(socket_fd, &rest, 1, fd);

		if (n < 0)
			return (int)n;
		bytes += n;
		size -= (size_t)n;
		fd = -1;
	}
	return 0;
}
