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
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "launcher/demand.h"
#include "launcher/listeners.h"
#include "net/stream.h"

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
	struct listeners listeners;
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

/* Nobody listens. The container may not have come so far yet. Many that wait try less often, and leave it the processor. */
static void handle_refusal(const struct proxy *p, struct connection *c)
{
	const int64_t now = time_monotonic_ms();
	const int family = c->family;

	wait_again(c, family == AF_INET ? now : now + RETRY_MS + (int64_t)p->n);
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

/* A client whose machine has gone says nothing. The kernel asks, or the container would run for ever. */
static void add_connection(struct proxy *p, const struct port *port, int fd)
{
	static const int one = 1;
	struct connection *c = calloc(1, sizeof(*c));

	if (!c || array_push(&p->connections, &p->n, c) < 0) {
		free(c);
		stream_reset(&fd);
		return;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
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

	p->polls[n++] = (struct pollfd){.fd = p->listeners.fifo, .events = POLLIN};
	p->polls[n++] = (struct pollfd){.fd = p->demand.polls ? p->demand.pidfd : -1,
					.events = POLLIN};
	for (size_t i = 0; i < p->listeners.n; i++)
		p->polls[n++] = (struct pollfd){.fd = full ? -1 : p->listeners.item[i].fd,
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

	while (read(p->listeners.fifo, bytes, sizeof(bytes)) > 0)
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
					 p->polls + at + p->listeners.n + 2 * i);
		for (size_t i = 0; i < p->listeners.n; i++)
			if (p->polls[at + i].revents)
				accept_all(p, &p->listeners.item[i]);
		make_attempts(p);
		drop_closed(p);
	}
	return r;
}

/* A connection has two descriptors and two entries of poll(2), which takes no more of them than descriptors are allowed. */
static int set_limits(struct proxy *p, struct masu_error *err)
{
	struct rlimit files = {.rlim_cur = 1024};

	(void)getrlimit(RLIMIT_NOFILE, &files);
	int64_t left = (int64_t)MIN(files.rlim_cur, UINT32_MAX) - SPARE_FDS -
		       (int64_t)p->listeners.n;
	p->max = (size_t)MIN(MAX(left, 2) / 2, CONNECTIONS_MAX);
	p->polls = calloc(2 + p->listeners.n + 2 * p->max, sizeof(*p->polls));
	return p->polls ? 0 : err_oom(err);
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
	listeners_done(&p->listeners);
	free(p->polls);
	port_list_done(&p->ports);
	demand_done(&p->demand);
}

int proxy_main(char **argv)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(proxy_done) struct proxy p = {.demand = DEMAND_INIT, .listeners = LISTENERS_INIT};
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = read_arguments(&p, argv, &err);

	if (r == 0)
		r = listeners_take(&p.ports, &p.listeners, &err);
	if (r == 0)
		r = set_limits(&p, &err);
	if (r == 0)
		r = masu_engine_open(&options, &e, &err);
	p.demand.e = e;
	if (r == 0)
		r = serve(&p, &err);
	if (r == -ENOENT && e && !p.demand.unit) /* the container was removed */
		(void)demand_abandon(&p.demand, NULL);
	return r < 0 ? log_err(&err) : 0;
}
