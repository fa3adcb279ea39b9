/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/proc.h"
#include "linux/namespaces.h"
#include "linux/userns-clone.h"
#include "net/confine.h"

#define NETWORK "/proc/self/ns/net"

enum { CONNECTOR_READY = 1, CONNECTOR_SOCKET };

/* With a socket, unless the code is an errno. */
struct answer {
	int code;
	struct sockaddr_storage address;
};

union address {
	struct sockaddr_storage any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The kernel chooses the address from which it would reach another network (RFC 5737, RFC 3849). Nothing is sent. */
static bool find_own_address(int family, struct sockaddr_storage *ret)
{
	union address a = {.any = {.ss_family = (sa_family_t)family}};
	const socklen_t size = family == AF_INET ? sizeof(a.v4) : sizeof(a.v6);
	_cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t got = size;

	if (family == AF_INET)
		(void)inet_pton(family, "192.0.2.1", &a.v4.sin_addr);
	else
		(void)inet_pton(family, "2001:db8::1", &a.v6.sin6_addr);
	a.v4.sin_port = htons(9); /* at the same place in both */
	bool found = fd >= 0 && connect(fd, (const struct sockaddr *)&a, size) == 0 &&
		     getsockname(fd, (struct sockaddr *)&a, &got) == 0;
	a.v4.sin_port = 0;
	*ret = a.any;
	return found;
}

static int choose_address(int family, struct sockaddr_storage *ret)
{
	union address a = {.any = {.ss_family = (sa_family_t)family}};

	if (find_own_address(family, ret))
		return 0;
	if (find_own_address(family == AF_INET ? AF_INET6 : AF_INET, &a.any))
		return EADDRNOTAVAIL; /* the other family is not a reason for loopback */
	a = (union address){.any = {.ss_family = (sa_family_t)family}};
	if (family == AF_INET)
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a.v6.sin6_addr = in6addr_loopback;
	*ret = a.any;
	return 0;
}

/* The answer to a family is the socket, or an errno. */
_noreturn_ static void serve(int channel)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int family;

	while (channel_receive(channel, &m) == 0 && m.size == sizeof(family)) {
		memcpy(&family, m.bytes, sizeof(family));
		_cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
						0);
		struct answer a = {.code = fd < 0 ? errno : 0};

		if (fd >= 0)
			a.code = choose_address(family, &a.address);

		if (channel_send(channel, CONNECTOR_SOCKET, &a, sizeof(a), a.code ? -1 : fd) < 0)
			break;
	}
	_exit(0);
}

/* In the host's network, a connection to the port could come back to this program. */
static int enter_other_network(int init_pidfd)
{
	struct stat before = {0}, after = {0};
	int r = stat(NETWORK, &before) < 0 ? -errno : 0;

	if (r == 0)
		r = namespaces_enter(init_pidfd, CLONE_NEWUSER | CLONE_NEWNET);
	if (r < 0)
		return r;
	if (stat(NETWORK, &after) < 0)
		return -errno;
	return before.st_ino == after.st_ino ? -EXDEV : 0;
}

_noreturn_ static void connector_main(int init_pidfd, pid_t parent, int channel)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = enter_other_network(init_pidfd);

	(void)prctl(PR_SET_NAME, "masu-connector");
	r = r < 0 ? err_sys(&err, r, "enter the container's network namespace")
		  : confine(parent, &channel, 1, &err);
	if (r < 0) {
		(void)channel_send_err(channel, &err); /* the end of the channel tells it, too */
		_exit(1);
	}
	if (channel_send(channel, CONNECTOR_READY, NULL, 0, -1) < 0)
		_exit(1);
	serve(channel);
}

int connector_start(int init_pidfd, struct connector *ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int ours = -1, theirs = -1;
	const pid_t parent = getpid();
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a channel");
	pid_t pid = userns_clone(0, -1);
	if (pid < 0)
		return err_sys(err, pid, "create a process for the container's network");
	if (pid == 0) {
		fd_close(&ours);
		connector_main(init_pidfd, parent, theirs);
	}
	fd_close(&theirs);
	struct connector c = {.pid = pid, .channel = TAKE_FD(ours)};
	r = channel_receive(c.channel, &m);
	if (r == 0 && m.type == CONNECTOR_READY) {
		*ret = c;
		return 0;
	}
	connector_stop(&c);
	if (r == 0 && m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	return err_sys(err, r < 0 ? r : EBADMSG, "connect to the container");
}

int connector_socket(const struct connector *c, int family, struct sockaddr_storage *ret_address)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	struct answer a;
	int r = channel_send(c->channel, CONNECTOR_SOCKET, &family, sizeof(family), -1);

	if (r == 0)
		r = channel_receive(c->channel, &m);
	if (r < 0)
		return r == -EPIPE ? -ECONNRESET : r;
	if (m.type != CONNECTOR_SOCKET || m.size != sizeof(a))
		return -EBADMSG;
	memcpy(&a, m.bytes, sizeof(a));
	if (a.code)
		return -a.code;
	*ret_address = a.address;
	return TAKE_FD(m.fd);
}

void connector_stop(struct connector *c)
{
	if (c->channel >= 0) {
		fd_close(&c->channel);
		(void)kill(c->pid, SIGKILL);
		(void)proc_wait(c->pid);
	}
	*c = CONNECTOR_INIT;
}
