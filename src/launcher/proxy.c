/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy of ports on demand (engine/container/on-demand.h): the service that a socket of systemd starts with the first connection.
 *
 * It accepts connections, starts or resumes the container, and copies the bytes between each connection and a socket in the
 * container's network namespace (net/connector.h). A connection waits until the container accepts it. A container that ends
 * before that is started again. Without connections for the idle time the container is paused, after ten times that it is
 * stopped, and this process ends. A connection that comes in between waits in the kernel's queue of the listening socket, which
 * systemd has open all the time: nothing that happens here loses it.
 *
 * SIGKILL to the proxy ends its connections, and systemd starts another proxy, which finds the container as it is. The
 * container and its monitor are in a scope of their own, and do not end with it.
 */
#include "launcher/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "launcher/demand.h"
#include "net/stream.h"

#define FIRST_FD	3     /* sd_listen_fds(3) */
#define READY_MS	60000 /* after a start, for the container to listen */
#define RETRY_MS	20
#define FULL_MS		100
#define STARTS_MAX	3  /* without a connection that the container has accepted */
#define STOP_FACTOR	10 /* idle times until a stop */
#define SPARE_FDS	64
#define CONNECTIONS_MAX 4096

struct connection {
	enum { WAITING, CONNECTING, STREAMING } state;
	const struct port *port;
	int client, server; /* the stream's, if it has begun */
	int family;	    /* of the attempt */
	int64_t next_ms;    /* WAITING: the next attempt */
	struct stream stream;
};

struct proxy {
	struct demand demand;
	struct port_list ports;
	struct listener {
		int fd;
		const struct port *port;
	} * listeners;
	size_t n_listeners;
	int fifo; /* or -1 */
	struct connection **connections;
	size_t n, max;
	struct pollfd *polls;
	int64_t idle_ms, idle_since, ready_until, full_until;
	int starts; /* in succession, see STARTS_MAX */
};

static void connection_free(struct connection *c)
{
	if (c->state == STREAMING) {
		stream_done(&c->stream);
	} else {
		fd_close(&c->client);
		fd_close(&c->server);
	}
	free(c);
}

/* The client's program gets an error in place of an empty answer. */
static void refuse(struct connection *c)
{
	stream_reset(&c->client);
	c->state = WAITING;
}

static void log_failure(struct masu_error *err)
{
	(void)log_err(err);
	err_done(err);
}

/* Those that wait would only repeat the failure. */
static void refuse_all(struct proxy *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->connections[i]->state == WAITING)
			refuse(p->connections[i]);
	p->starts = 0;
}

static void wait_again(struct connection *c, int64_t next_ms)
{
	fd_close(&c->server);
	c->state = WAITING;
	c->family = AF_INET;
	c->next_ms = next_ms;
}

static void begin_stream(struct proxy *p, struct connection *c)
{
	static const int one = 1;

	(void)setsockopt(c->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(c->server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (stream_init(&c->stream, c->client, c->server) < 0) {
		fd_close(&c->server);
		refuse(c);
		return;
	}
	c->state = STREAMING;
	p->starts = 0;
}

static int begin_connect(const struct connection *c, struct sockaddr_storage *address)
{
	/* The port of both families is at the same place. */
	((struct sockaddr_in *)address)->sin_port = htons(c->port->container_port);
	return connect(c->server, (const struct sockaddr *)address,
		       c->family == AF_INET ? sizeof(struct sockaddr_in)
					    : sizeof(struct sockaddr_in6)) < 0
		       ? -errno
		       : 0;
}

/* Nobody listens. The container may not have come so far yet. */
static void handle_refusal(const struct proxy *p, struct connection *c)
{
	const int64_t now = time_monotonic_ms();
	const int family = c->family;

	wait_again(c, family == AF_INET ? now : now + RETRY_MS);
	if (family == AF_INET)
		c->family = AF_INET6;
	else if (now > p->ready_until)
		refuse(c);
}

static void handle_result(struct proxy *p, struct connection *c, int r)
{
	if (r == -EINPROGRESS)
		c->state = CONNECTING;
	else if (r == 0)
		begin_stream(p, c);
	else if (r == -ECONNREFUSED || r == -EADDRNOTAVAIL)
		handle_refusal(p, c);
	else if (demand_has_ended(&p->demand))
		wait_again(c, 0);
	else
		refuse(c);
}

/* 0 when the container runs. */
static int require_container(struct proxy *p)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const bool anew = demand_has_ended(&p->demand);
	bool started = false;
	int r = p->starts >= STARTS_MAX && anew
			? err_set(&err, ERR_UNAVAILABLE, ECHILD,
				  "container '%s' ends before it accepts a connection",
				  p->demand.name)
			: demand_up(&p->demand, &started, &err);

	p->starts += started;
	if (anew) /* also if another process has started it */
		p->ready_until = time_monotonic_ms() + READY_MS;
	if (r == 0)
		return 0;
	log_failure(&err);
	refuse_all(p);
	return r;
}

static void attempt(struct proxy *p, struct connection *c)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct sockaddr_storage address;

	if (require_container(p) < 0)
		return;
	int r = demand_socket(&p->demand, c->family, &address, &err);
	if (r == -ECONNRESET) {
		wait_again(c, time_monotonic_ms() + RETRY_MS);
		return;
	}
	if (r < 0 && r != -EAFNOSUPPORT && r != -EADDRNOTAVAIL) {
		log_failure(&err);
		refuse(c);
		return;
	}
	c->server = r < 0 ? -1 : r;
	/* Without an address of this family nobody listens there. */
	handle_result(p, c, r < 0 ? -ECONNREFUSED : begin_connect(c, &address));
}

static void finish_connect(struct proxy *p, struct connection *c)
{
	int code = 0;
	socklen_t size = sizeof(code);

	if (getsockopt(c->server, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
		code = errno;
	handle_result(p, c, -code);
}

static void add_connection(struct proxy *p, const struct port *port, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c || array_push(&p->connections, &p->n, c) < 0) {
		free(c);
		stream_reset(&fd);
		return;
	}
	*c = (struct connection){.port = port, .client = fd, .server = -1, .family = AF_INET};
}

static void accept_all(struct proxy *p, const struct listener *l)
{
	while (p->n < p->max) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			add_connection(p, l->port, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			p->full_until = time_monotonic_ms() + FULL_MS;
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void drop_closed(struct proxy *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct connection *c = p->connections[i];

		if (c->state != STREAMING && c->client < 0)
			connection_free(c);
		else
			p->connections[n++] = c;
	}
	if (n == 0 && p->n > 0)
		p->idle_since = time_monotonic_ms();
	p->n = n;
}

/* Two of each connection. A side without events is left out: it would report its end again and again. */
static void watch_connection(const struct connection *c, struct pollfd polls[2])
{
	polls[0] = polls[1] = (struct pollfd){.fd = -1};
	if (c->state != STREAMING) {
		polls[0].fd = c->client; /* has the client gone? */
		polls[1] = (struct pollfd){.fd = c->server, .events = POLLOUT};
		return;
	}
	for (int i = 0; i < 2; i++) {
		polls[i].events = stream_events(&c->stream, i);
		polls[i].fd = polls[i].events ? c->stream.fd[i] : -1;
	}
}

static void serve_connection(struct proxy *p, struct connection *c, const struct pollfd polls[2])
{
	if (c->state == STREAMING) {
		if ((polls[0].revents || polls[1].revents) && !stream_step(&c->stream)) {
			stream_done(&c->stream);
			c->state = WAITING;
			c->client = c->server = -1;
		}
		return;
	}
	if (polls[0].revents & (POLLERR | POLLHUP)) {
		fd_close(&c->server);
		refuse(c);
	} else if (c->state == CONNECTING && polls[1].revents) {
		finish_connect(p, c);
	}
}

static int64_t next_event(const struct proxy *p, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < p->n; i++)
		if (p->connections[i]->state == WAITING)
			next = MIN(next, p->connections[i]->next_ms);
	if (p->n == 0 && p->demand.pidfd >= 0)
		next = MIN(next, p->idle_since + p->idle_ms * (p->demand.frozen ? STOP_FACTOR : 1));
	if (p->n == 0 && p->demand.pidfd < 0)
		next = now;
	if (p->full_until > now)
		next = MIN(next, p->full_until);
	if (p->demand.pidfd >= 0 && !p->demand.polls)
		next = MIN(next, now + 1000);
	return next;
}

static int wait_for_events(struct proxy *p, size_t *ret_n_connections)
{
	const int64_t now = time_monotonic_ms(), next = next_event(p, now);
	const bool full = p->n >= p->max || p->full_until > now;
	size_t n = 0;

	p->polls[n++] = (struct pollfd){.fd = p->fifo, .events = POLLIN};
	p->polls[n++] = (struct pollfd){.fd = p->demand.polls ? p->demand.pidfd : -1,
					.events = POLLIN};
	for (size_t i = 0; i < p->n_listeners; i++)
		p->polls[n++] = (struct pollfd){.fd = full ? -1 : p->listeners[i].fd,
						.events = POLLIN};
	for (size_t i = 0; i < p->n; i++, n += 2)
		watch_connection(p->connections[i], p->polls + n);
	*ret_n_connections = p->n;
	int r = poll(p->polls, n, next == INT64_MAX ? -1 : (int)MIN(MAX(next - now, 0), INT32_MAX));
	return r < 0 ? (errno == EINTR ? 0 : -errno) : r;
}

/* The byte of on_demand_wake(): the container was started without a connection. */
static void read_wakes(struct proxy *p)
{
	char bytes[64];

	while (read(p->fifo, bytes, sizeof(bytes)) > 0)
		p->idle_since = time_monotonic_ms();
}

static void handle_end(struct proxy *p)
{
	if (p->demand.pidfd < 0 || !demand_has_ended(&p->demand))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (p->connections[i]->state == CONNECTING)
			wait_again(p->connections[i], 0);
}

static void make_attempts(struct proxy *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct connection *c = p->connections[i];

		if (c->state == WAITING && c->client >= 0 && c->next_ms <= time_monotonic_ms())
			attempt(p, c);
	}
}

/* True if the container was stopped, or does not run: the next connection starts another proxy. */
static bool rest(struct proxy *p)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct demand *d = &p->demand;
	const int64_t idle = time_monotonic_ms() - p->idle_since;
	int r = 0;

	if (p->n > 0)
		return false;
	if (d->pidfd < 0)
		return true;
	if (!d->frozen && idle >= p->idle_ms)
		r = demand_freeze(d, &err);
	if (r == 0 && idle < p->idle_ms * STOP_FACTOR)
		return false;
	/* A container that cannot be paused, for want of a cgroup, is stopped at once. */
	err_done(&err);
	if (demand_has_ended(d) || demand_stop(d, &err) == 0)
		return true;
	log_failure(&err);
	p->idle_since = time_monotonic_ms();
	return false;
}

/* A container that runs without connections is to be paused, too. */
static int look_first(struct proxy *p, struct masu_error *err)
{
	int r = demand_look(&p->demand, err);

	p->idle_since = time_monotonic_ms();
	p->ready_until = p->idle_since + READY_MS;
	return MIN(r, 0);
}

static int serve(struct proxy *p, struct masu_error *err)
{
	int r = look_first(p, err);

	while (r >= 0) {
		size_t n, at = 2;

		r = wait_for_events(p, &n);
		if (r < 0)
			return err_sys(err, r, "wait for connections");
		if (r == 0 && rest(p))
			return 0;
		if (p->polls[0].revents)
			read_wakes(p);
		handle_end(p);
		for (size_t i = 0; i < n; i++)
			serve_connection(p, p->connections[i],
					 p->polls + at + p->n_listeners + 2 * i);
		for (size_t i = 0; i < p->n_listeners; i++)
			if (p->polls[at + i].revents)
				accept_all(p, &p->listeners[i]);
		make_attempts(p);
		drop_closed(p);
	}
	return r;
}

static bool is_bound_to(int fd, const struct port *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {0};
	char ip[INET6_ADDRSTRLEN] = "";
	socklen_t size = sizeof(a);

	if (getsockname(fd, &a.any, &size) < 0)
		return false;
	bool is_v6 = a.any.sa_family == AF_INET6;
	const void *bytes = is_v6 ? (const void *)&a.v6.sin6_addr : &a.v4.sin_addr;
	return inet_ntop(a.any.sa_family, bytes, ip, sizeof(ip)) && streq(ip, port->host_ip) &&
	       ntohs(is_v6 ? a.v6.sin6_port : a.v4.sin_port) == port->host_port;
}

static int take_socket(struct proxy *p, int fd)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : fd_set_cloexec(fd, true);

	if (r == 0)
		r = fd_set_nonblock(fd, true);
	if (r < 0)
		return r;
	if (S_ISFIFO(st.st_mode))
		p->fifo = fd;
	for (size_t i = 0; i < p->ports.n; i++)
		if (is_bound_to(fd, &p->ports.item[i]))
			p->listeners[p->n_listeners++] = (struct listener){
				.fd = fd, .port = &p->ports.item[i]};
	return 0;
}

static int take_sockets(struct proxy *p, struct masu_error *err)
{
	const int n = fd_count_listening();
	struct rlimit files = {.rlim_cur = 1024};
	int r = 0;

	p->listeners = calloc(p->ports.n * (size_t)MAX(n, 1), sizeof(*p->listeners));
	if (!p->listeners)
		return err_sys(err, ENOMEM, "take the ports");
	for (int i = 0; r == 0 && i < n; i++)
		r = take_socket(p, FIRST_FD + i);
	if (r < 0)
		return err_sys(err, r, "take the ports");
	if (!p->n_listeners)
		return err_set(err, ERR_INVALID, EINVAL, "systemd has passed none of the ports");
	(void)unsetenv("LISTEN_PID"); /* not for the processes that this one starts */
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	(void)getrlimit(RLIMIT_NOFILE, &files);
	/* poll(2) takes no more entries than that either. */
	int64_t left = (int64_t)MIN(files.rlim_cur, UINT32_MAX) - SPARE_FDS -
		       (int64_t)p->n_listeners;
	p->max = (size_t)MIN(MAX(left, 2) / 2, CONNECTIONS_MAX);
	p->polls = calloc(2 + p->n_listeners + 2 * p->max, sizeof(*p->polls));
	return p->polls ? 0 : err_sys(err, ENOMEM, "take the ports");
}

static int read_arguments(struct proxy *p, char **argv, struct masu_error *err)
{
	int r = 0;

	if (*argv && streq(*argv, "--unit")) {
		p->demand.unit = *++argv;
		argv += *argv != NULL;
	}
	if (!*argv || !argv[1])
		return err_set(err, ERR_INVALID, EINVAL, "missing argument: CONTAINER PORT...");
	p->demand.name = *argv;
	STRV_FOREACH(text, argv + 1)
		if (r == 0)
			r = ports_parse(*text, &p->ports, err);
	for (size_t i = 0; i < p->ports.n; i++)
		p->idle_ms = MAX(p->idle_ms, (int64_t)p->ports.item[i].on_demand_s * 1000);
	return r == 0 && !p->idle_ms ? err_set(err, ERR_INVALID, EINVAL, "no port is on demand")
				     : r;
}

static void proxy_done(struct proxy *p)
{
	for (size_t i = 0; i < p->n; i++)
		connection_free(p->connections[i]);
	free((void *)p->connections);
	free(p->listeners);
	free(p->polls);
	port_list_done(&p->ports);
	demand_done(&p->demand);
}

int proxy_main(char **argv)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(proxy_done) struct proxy p = {.demand = DEMAND_INIT, .fifo = -1};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = read_arguments(&p, argv, &err);

	if (r == 0)
		r = take_sockets(&p, &err);
	if (r == 0)
		r = masu_engine_open(&options, &e, &err);
	p.demand.e = e;
	if (r == 0)
		r = serve(&p, &err);
	if (r == -ENOENT && e && !p.demand.unit) /* the container was removed */
		(void)demand_abandon(&p.demand, NULL);
	return r < 0 ? log_err(&err) : 0;
}
