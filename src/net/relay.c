/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each sender gets a socket of its own in the container's network namespace, connected to the published
 * port, so that answers find their way back. There are CLIENTS_MAX of them; the one that was used least
 * recently makes room. It never blocks: a datagram that cannot be passed on is lost, as datagrams may be.
 *
 * The process has no other descriptors, no capabilities, and cannot be traced from the container: its
 * memory belongs to the host's user namespace, and it is not dumpable.
 */
#include "net/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/channel.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/proc.h"
#include "linux/userns-clone.h"
#include "net/confine.h"

#define CLIENTS_MAX  256
#define DATAGRAM_MAX 65536

enum { RELAY_READY = 1 };

struct client {
	int fd;
	const struct relay_port *port;
	struct sockaddr_in from;
	struct in_addr at; /* the host's address that it sent to */
	uint64_t used;
};

struct work {
	struct sockaddr_in container;
	struct client clients[CLIENTS_MAX];
	size_t n;
	uint64_t count;
	struct pollfd *polls; /* of the ports, and of the clients */
	char datagram[DATAGRAM_MAX];
};

static void close_ports(struct relay *relay)
{
	for (size_t i = 0; i < relay->n; i++)
		fd_close(&relay->ports[i].fd);
	free(relay->ports);
	relay->ports = NULL;
	relay->n = 0;
}

void relay_stop(struct relay *relay)
{
	close_ports(relay);
	if (relay->pid > 0) {
		(void)kill(relay->pid, SIGKILL);
		(void)proc_wait(relay->pid);
	}
	*relay = RELAY_INIT;
}

bool relay_is_local(const struct port *port)
{
	return port->udp && strncmp(port->host_ip, "127.", 4) == 0;
}

/*
 * The kernel prefers the socket that is bound to `lo`, by which it means 127.0.0.0/8: what the host sends to
 * its other addresses counts as come by their devices. Before Linux 5.7 only root may name a device.
 */
static int bind_beside(int fd, struct sockaddr_in *address)
{
	static const int one = 1;
	static const char device[] = "lo";

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, sizeof(device)) < 0)
		address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return 0;
}

int relay_listen(struct relay *relay, const struct port *port)
{
	static const int one = 1;
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port->host_port)};

	if (fd < 0)
		return -errno;
	if (inet_pton(AF_INET, port->host_ip, &address.sin_addr) != 1)
		return -EINVAL;
	int r = relay_is_local(port) ? 0 : bind_beside(fd, &address);
	if (r < 0)
		return r;
	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	struct relay_port *own = array_add(&relay->ports, &relay->n, sizeof(*own));
	if (!own)
		return -ENOMEM;
	*own = (struct relay_port){.fd = TAKE_FD(fd), .to = port->container_port};
	return 0;
}

union pktinfo {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* The size of the datagram, or -1. */
static ssize_t receive(struct work *w, int fd, struct sockaddr_in *ret_from, struct in_addr *ret_at)
{
	union pktinfo control = {0};
	struct in_pktinfo info;
	struct iovec part = {.iov_base = w->datagram, .iov_len = sizeof(w->datagram)};
	struct msghdr m = {.msg_name = ret_from,
			   .msg_namelen = sizeof(*ret_from),
			   .msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0 || !CMSG_FIRSTHDR(&m))
		return -1;
	memcpy(&info, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(info));
	*ret_at = info.ipi_addr;
	return n;
}

/* From the address that the sender knows. */
static void answer(struct work *w, const struct client *c, size_t n)
{
	const struct in_pktinfo info = {.ipi_spec_dst = c->at};
	union pktinfo control = {0};
	struct iovec part = {.iov_base = w->datagram, .iov_len = n};
	struct msghdr m = {.msg_name = (void *)&c->from,
			   .msg_namelen = sizeof(c->from),
			   .msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};

	control.header = (struct cmsghdr){.cmsg_level = IPPROTO_IP,
					  .cmsg_type = IP_PKTINFO,
					  .cmsg_len = CMSG_LEN(sizeof(info))};
	memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
	(void)sendmsg(c->port->fd, &m, 0);
}

static bool is_same(const struct client *a, const struct client *b)
{
	return a->port == b->port && a->from.sin_port == b->from.sin_port &&
	       a->from.sin_addr.s_addr == b->from.sin_addr.s_addr && a->at.s_addr == b->at.s_addr;
}

/* NULL if no socket is available. */
static struct client *find_client(struct work *w, struct client *wanted)
{
	struct client *c = w->clients;

	for (size_t i = 0; i < w->n; i++) {
		if (is_same(&w->clients[i], wanted))
			return &w->clients[i];
		if (w->clients[i].used < c->used)
			c = &w->clients[i];
	}
	struct sockaddr_in to = w->container;
	to.sin_port = htons(wanted->port->to);
	wanted->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wanted->fd < 0 || connect(wanted->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		fd_close(&wanted->fd);
		return NULL;
	}
	if (w->n < CLIENTS_MAX)
		c = &w->clients[w->n++];
	else
		fd_close(&c->fd);
	*c = *wanted;
	return c;
}

static void pass_in(struct work *w, const struct relay_port *port)
{
	struct client wanted = {.port = port};
	ssize_t n = receive(w, port->fd, &wanted.from, &wanted.at);
	struct client *c = n < 0 ? NULL : find_client(w, &wanted);

	if (!c)
		return;
	c->used = ++w->count;
	/* The error of an earlier datagram, that nobody listened, is reported once and in place of this. */
	if (send(c->fd, w->datagram, (size_t)n, 0) < 0 && errno == ECONNREFUSED)
		(void)send(c->fd, w->datagram, (size_t)n, 0);
}

static void pass_out(struct work *w, const struct client *c)
{
	ssize_t n = recv(c->fd, w->datagram, sizeof(w->datagram), 0);

	if (n >= 0)
		answer(w, c, (size_t)n);
}

_noreturn_ static void serve(const struct relay *relay, struct work *w)
{
	struct pollfd *clients = w->polls + relay->n;

	for (size_t i = 0; i < relay->n; i++)
		w->polls[i] = (struct pollfd){.fd = relay->ports[i].fd, .events = POLLIN};
	for (;;) {
		size_t n = w->n;

		for (size_t i = 0; i < n; i++)
			clients[i] = (struct pollfd){.fd = w->clients[i].fd, .events = POLLIN};
		if (poll(w->polls, relay->n + n, -1) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (clients[i].revents)
				pass_out(w, &w->clients[i]);
		for (size_t i = 0; i < relay->n; i++)
			if (w->polls[i].revents)
				pass_in(w, &relay->ports[i]);
	}
}

static int enter(pid_t init, const char *name, int type, struct masu_error *err)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, type) < 0
		       ? err_sys(err, errno, "enter the container's %s namespace", name)
		       : 0;
}

static int confine_relay(const struct relay *relay, pid_t parent, int channel,
			 struct masu_error *err)
{
	_cleanup_free_ int *keep = calloc(relay->n + 1, sizeof(*keep));

	if (!keep)
		return err_oom(err);
	keep[0] = channel;
	for (size_t i = 0; i < relay->n; i++)
		keep[i + 1] = relay->ports[i].fd;
	return confine(parent, keep, relay->n + 1, err);
}

static int enter_container(pid_t init, bool own_userns, struct masu_error *err)
{
	int r = own_userns ? enter(init, "user", CLONE_NEWUSER, err) : 0;

	return r < 0 ? r : enter(init, "net", CLONE_NEWNET, err);
}

_noreturn_ static void relay_main(const struct relay *relay, pid_t init, bool own_userns,
				  struct work *w, pid_t parent, int channel)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)prctl(PR_SET_NAME, "masu-udp");
	(void)setpgid(0, 0); /* keys typed at the terminal are not for it */
	if (enter_container(init, own_userns, &err) < 0 ||
	    confine_relay(relay, parent, channel, &err) < 0) {
		(void)channel_send_err(channel, &err);
		_exit(1);
	}
	if (channel_send(channel, RELAY_READY, NULL, 0, -1) < 0)
		_exit(1);
	(void)close(channel);
	serve(relay, w);
}

static int await_ready(int channel, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_receive(channel, &m);

	if (r == 0 && m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	return r < 0 ? err_sys(err, r, "start the process for UDP ports") : 0;
}

int relay_start(struct relay *relay, pid_t init, bool own_userns, const char *container_ip,
		struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	_cleanup_free_ struct work *w = relay->n ? calloc(1, sizeof(*w)) : NULL;
	pid_t parent = getpid();

	if (relay->n == 0)
		return 0;
	_cleanup_free_ struct pollfd *polls = calloc(relay->n + CLIENTS_MAX, sizeof(*polls));
	if (!w || !polls || channel_pair(&ours, &theirs) < 0)
		return err_sys(err, w && polls ? errno : ENOMEM, "pass on UDP ports");
	w->polls = polls;
	w->container.sin_family = AF_INET;
	(void)inet_pton(AF_INET, container_ip, &w->container.sin_addr);
	pid_t pid = userns_clone(0, -1);
	if (pid < 0)
		return err_sys(err, pid, "start the process for UDP ports");
	if (pid == 0) {
		fd_close(&ours);
		relay_main(relay, init, own_userns, w, parent, theirs);
	}
	fd_close(&theirs);
	relay->pid = pid;
	close_ports(relay);
	return await_ready(ours, err);
}
