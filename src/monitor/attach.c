/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define NEW_SOCKET MONITOR_ATTACH_SOCKET ".new"

static int bind_in(int run_dir, int fd)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NEW_SOCKET};
	mode_t mask;
	int r;

	/* bind(2) knows no descriptors of directories, and a path through /proc needs a /proc. */
	if (fchdir(run_dir) < 0)
		return -errno;
	(void)unlinkat(run_dir, NEW_SOCKET, 0); /* bind tells if something stays */
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(mask);
	return chdir("/") < 0 ? -errno : r;
}

/* A client that finds the socket can connect to it: it has its name when it listens. */
static int listen_in(int run_dir, int fd)
{
	int r = bind_in(run_dir, fd);

	if (r < 0)
		return r;
	if (listen(fd, MONITOR_CLIENTS_MAX) < 0 ||
	    renameat(run_dir, NEW_SOCKET, run_dir, MONITOR_ATTACH_SOCKET) < 0)
		return -errno;
	return 0;
}

int attach_open(struct attach *a, int run_dir, int input, bool console)
{
	int fd, r;

	a->listener = -1;
	a->input = input;
	a->console = console;
	a->input_at = a->input_end = 0;
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++)
		a->clients[i].fd = -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = listen_in(run_dir, fd);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	a->listener = fd;
	return 0;
}

static bool may_attach(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

void attach_accept(struct attach *a)
{
	const int buffer = ATTACH_BUFFER;
	int fd = accept4(a->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX && may_attach(fd); i++) {
		if (a->clients[i].fd >= 0)
			continue;
		/* The kernel may give less, down to its own default: it is a bound all the same. */
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
		a->clients[i] = (struct attach_client){.fd = fd};
		return;
	}
	(void)close(fd);
}

static void drop_client(struct attach_client *c)
{
	(void)close(c->fd);
	*c = (struct attach_client){.fd = -1};
}

/* True when it was sent; false when there was no room, or when the client has gone. */
static bool send_packet(struct attach_client *c, enum monitor_msg type, const void *bytes,
			size_t size)
{
	char tag = (char)type;
	struct iovec pieces[] = {{&tag, 1}, {(void *)bytes, size}};
	const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};

	if (sendmsg(c->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
		drop_client(c);
	return false;
}

static bool report_lost(struct attach_client *c)
{
	if (c->lost && !send_packet(c, MONITOR_MSG_LOST, &c->lost, sizeof(c->lost)))
		return false;
	c->lost = 0;
	return true;
}

static bool has_read_all(const struct attach_client *c)
{
	int unread;

	return ioctl(c->fd, SIOCOUTQ, &unread) == 0 && unread == 0;
}

static bool wait_for_room(const struct attach_client *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLOUT};

	return poll(&p, 1, ATTACH_TIMEOUT_MS) > 0;
}

static void send_to(struct attach_client *c, enum monitor_msg type, const void *bytes, size_t size)
{
	if (c->behind && has_read_all(c))
		c->behind = false;
	if (report_lost(c) && send_packet(c, type, bytes, size))
		return;
	if (c->fd >= 0 && !c->behind && wait_for_room(c) && send_packet(c, type, bytes, size))
		return;
	if (c->fd >= 0) {
		c->behind = true;
		c->lost += size;
	}
}

void attach_send(struct attach *a, enum monitor_msg type, const void *bytes, size_t size)
{
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
		if (a->clients[i].fd >= 0)
			send_to(&a->clients[i], type, bytes, size);
	}
}

bool attach_input_waits(const struct attach *a)
{
	return a->input_at < a->input_end;
}

static void close_input(struct attach *a)
{
	if (a->input >= 0 && !a->console) {
		(void)close(a->input);
		a->input = -1;
	}
}

void attach_flush_input(struct attach *a)
{
	ssize_t n;

	if (a->input < 0) {
		a->input_at = a->input_end; /* it goes nowhere */
		return;
	}
	n = write(a->input, a->input_bytes + a->input_at, a->input_end - a->input_at);
	if (n >= 0) {
		a->input_at += (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		a->input_at = a->input_end;
		close_input(a);
	}
}

/* False for a message that no client should send. */
static bool take_message(struct attach *a, size_t size)
{
	struct winsize window;

	switch (a->input_bytes[0]) {
	case MONITOR_MSG_STDIN:
		a->input_at = 1;
		a->input_end = size;
		attach_flush_input(a);
		return true;
	case MONITOR_MSG_STDIN_CLOSE:
		close_input(a);
		return true;
	case MONITOR_MSG_WINSIZE:
		if (size != 1 + sizeof(window))
			return false;
		memcpy(&window, a->input_bytes + 1, sizeof(window));
		if (a->console)
			(void)ioctl(a->input, TIOCSWINSZ, &window); /* a hint, no more */
		return true;
	default:
		return false;
	}
}

short attach_events(const struct attach *a, size_t i)
{
	return (short)((attach_input_waits(a) ? 0 : POLLIN) | (a->clients[i].lost ? POLLOUT : 0));
}

void attach_handle(struct attach *a, size_t i, short revents)
{
	struct attach_client *c = &a->clients[i];
	ssize_t n;

	if (c->fd < 0) /* dropped since */
		return;
	if (revents & POLLOUT)
		(void)report_lost(c); /* or the next time */
	if (c->fd < 0 || !(revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	if (attach_input_waits(a)) { /* it has hung up, or another one's input came first */
		if (revents & (POLLHUP | POLLERR))
			drop_client(c);
		return;
	}
	n = recv(c->fd, a->input_bytes, sizeof(a->input_bytes), MSG_DONTWAIT | MSG_TRUNC);
	/* ECONNRESET comes once, before the input of a client that has left output unread. */
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return;
	if (n <= 0 || (size_t)n > sizeof(a->input_bytes) || !take_message(a, (size_t)n))
		drop_client(c);
}

void attach_close(struct attach *a, int run_dir, int exit_code)
{
	const int32_t code = exit_code;

	attach_send(a, MONITOR_MSG_EXIT, &code, sizeof(code));
	for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
		if (a->clients[i].fd >= 0)
			drop_client(&a->clients[i]);
	}
	if (a->listener >= 0) {
		(void)close(a->listener);
		(void)unlinkat(run_dir, MONITOR_ATTACH_SOCKET, 0); /* rm removes the directory */
	}
}
