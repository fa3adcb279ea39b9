/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slirp4netns listens on the host's port and forwards connections. Its API socket takes one JSON
 * request a connection, which the client ends by shutdown(2), and answers with "return" or "error".
 * The errors give no reason, so a failed port is bound here once to learn it.
 */
#include "net/slirp-api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "net/host-port.h"

#define ANSWER_MAX	65536
#define ANSWER_SECONDS	5
#define FREE_PORT_TRIES 16

/* By the directory's descriptor: the whole path may be too long for a socket's address. */
static int connect_api(int run_dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval timeout = {.tv_sec = ANSWER_SECONDS};
	char dir[FD_PATH_MAX];
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", fd_path(run_dir, dir),
		       SLIRP_SOCKET_NAME);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Sends one request and returns the answer's text. */
static int ask(int run_dir, const char *request, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = connect_api(run_dir);

	if (fd < 0)
		return fd;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request) ||
	    shutdown(fd, SHUT_WR) < 0)
		return -errno;
	return fd_read_all(fd, ANSWER_MAX, ret, ret_size);
}

static int refused(const struct port *port, const char *said, struct masu_error *err)
{
	int r = host_port_explain(port, err);

	return r < 0 ? r
		     : err_set(err, ERR_UNAVAILABLE, EIO,
			       "slirp4netns cannot publish %s port %u: %s", port_protocol(port),
			       port->host_port, said);
}

/* 0, or -EIO with the error of slirp4netns in *ret_said. */
static int read_answer(const char *text, size_t size, char **ret_said, struct masu_error *err)
{
	_cleanup_json_ struct json_object *answer = NULL;
	struct json_object *result = NULL, *error = NULL;
	const char *said = "no reason given";
	int r = json_parse(text, size, "slirp4netns's answer", &answer, err);

	if (r == 0)
		r = json_get_object(answer, "", "return", &result, err);
	if (r < 0)
		return r;
	if (result)
		return 0;
	if (json_get_object(answer, "", "error", &error, NULL) > 0)
		(void)json_get_string(error, "error", "desc", &said, NULL);
	*ret_said = strdup(said);
	return *ret_said ? -EIO : err_sys(err, ENOMEM, "read slirp4netns's answer");
}

static int add_hostfwd(const struct port *port, int run_dir, const char *container_ip,
		       char **ret_said, struct masu_error *err)
{
	_cleanup_free_ char *answer = NULL;
	size_t size;

	_cleanup_free_ char *request = str_printf(
		"{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"%s\","
		"\"host_addr\":\"%s\",\"host_port\":%u,\"guest_addr\":\"%s\","
		"\"guest_port\":%u}}",
		port_protocol(port), port->host_ip, port->host_port, container_ip,
		port->container_port);
	if (!request)
		return err_sys(err, ENOMEM, "publish a port");
	int r = ask(run_dir, request, &answer, &size);
	if (r < 0)
		return err_sys(err, r, "ask slirp4netns to publish port %u", port->host_port);
	return read_answer(answer, size, ret_said, err);
}

/* A port that only the host itself can reach is the relay's alone. As add_hostfwd(). */
static int forward(const struct port *port, int run_dir, const char *container_ip,
		   struct relay *relay, char **ret_said, struct masu_error *err)
{
	int r = relay_is_local(port) ? 0 : add_hostfwd(port, run_dir, container_ip, ret_said, err);

	if (r < 0 || !port->udp || (!relay_is_local(port) && !streq(port->host_ip, "0.0.0.0")))
		return r;
	r = relay_listen(relay, port);
	if (r < 0 && relay_is_local(port))
		*ret_said = strdup(strerror(-r));
	return r < 0 && !*ret_said ? err_sys(err, r, "listen on udp port %u of %s", port->host_port,
					     port->host_ip)
				   : r;
}

/* Another process may take a free port before slirp4netns binds it: then the next is tried. */
static int publish(struct port *port, int run_dir, const char *container_ip, struct relay *relay,
		   struct masu_error *err)
{
	int tries = port->host_port ? 1 + port->more_host_ports : FREE_PORT_TRIES;
	struct port attempt = *port;
	int r = 0;

	attempt.more_host_ports = 0;
	for (int i = 0; i < tries; i++) {
		_cleanup_free_ char *said = NULL;

		if (port->host_port)
			attempt.host_port = (uint16_t)(port->host_port + i);
		else if ((r = host_port_try(port)) < 0)
			return err_sys(err, r, "find a free port of %s", port->host_ip);
		else
			attempt.host_port = (uint16_t)r;
		r = forward(&attempt, run_dir, container_ip, relay, &said, err);
		if (r == 0)
			*port = attempt;
		if (!said)
			return r;
		r = refused(&attempt, said, err);
		if (port->more_host_ports && r != -EADDRINUSE)
			return r;
	}
	return port->more_host_ports ? host_port_none_free(port, err) : r;
}

int slirp_publish(const struct net_request *request, struct relay *relay, struct masu_error *err)
{
	const char *container_ip = request->network->addresses.container;
	struct port_list *list = request->ports;
	_cleanup_close_ int dir = open(request->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "open '%s'", request->run_dir);
	for (size_t i = 0; i < list->n; i++) {
		int r = publish(&list->item[i], dir, container_ip, relay, err);
		if (r < 0)
			return r;
	}
	return 0;
}
