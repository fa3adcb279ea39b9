/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host-port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/str.h"

#define FIRST_PORT_FILE "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static socklen_t make_address(const struct port *port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	*ret = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, port->host_ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port->host_port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, port->host_ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port->host_port);
		return sizeof(*v6);
	}
	return 0;
}

int host_port_try(const struct port *port)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(port, &address);
	_cleanup_close_ int fd =
		size ? socket(address.ss_family,
			      (port->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0)
		     : -1;
	const int one = 1;

	if (!size)
		return -EINVAL;
	if (fd < 0)
		return -errno;
	if (address.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	return ntohs(address.ss_family == AF_INET
			     ? ((const struct sockaddr_in *)&address)->sin_port
			     : ((const struct sockaddr_in6 *)&address)->sin6_port);
}

static int only_for_root(const struct port *port, struct masu_error *err)
{
	_cleanup_free_ char *first = NULL;

	(void)file_read(AT_FDCWD, FIRST_PORT_FILE, 16, &first, NULL); /* else the default */
	(void)err_set(err, ERR_DENIED, EACCES, "%s port %u is only for root", port_protocol(port),
		      port->host_port);
	return err_hint(err,
			"take a port from %.*s on, or: sudo sysctl "
			"net.ipv4.ip_unprivileged_port_start=%u",
			first ? (int)strcspn(first, "\n") : 4, first ? first : "1024",
			port->host_port);
}

int host_port_explain(const struct port *port, struct masu_error *err)
{
	switch (host_port_try(port)) {
	case -EADDRINUSE:
		(void)err_set(err, ERR_CONFLICT, EADDRINUSE, "%s port %u of %s is in use",
			      port_protocol(port), port->host_port, port->host_ip);
		return err_hint(err, "to see the owner: ss -l%sp 'sport = :%u'",
				port->udp ? "un" : "tn", port->host_port);
	case -EADDRNOTAVAIL:
		return err_set(err, ERR_INVALID, EADDRNOTAVAIL, "this host has no address %s",
			       port->host_ip);
	case -EACCES:
		return only_for_root(port, err);
	}
	return 0;
}

int host_port_none_free(const struct port *port, struct masu_error *err)
{
	return err_set(err, ERR_CONFLICT, EADDRINUSE, "%s ports %u to %u of %s are all in use",
		       port_protocol(port), port->host_port,
		       port->host_port + port->more_host_ports, port->host_ip);
}

static int choose(struct port *port, struct masu_error *err)
{
	struct port attempt = *port;
	int r = 0;

	for (int i = 0; i <= port->more_host_ports; i++) {
		attempt.host_port = (uint16_t)(port->host_port ? port->host_port + i : 0);
		r = host_port_try(&attempt);
		if (r > 0) {
			port->host_port = (uint16_t)r;
			port->more_host_ports = 0;
			return 0;
		}
		if (r != -EADDRINUSE)
			break;
	}
	if (r == -EADDRINUSE && port->host_port)
		return host_port_none_free(port, err);
	r = host_port_explain(&attempt, err);
	return r < 0 ? r
		     : err_set(err, ERR_UNAVAILABLE, EADDRINUSE, "cannot find a free port of %s",
			       port->host_ip);
}

int host_ports_choose(struct port_list *list, struct masu_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct port *port = &list->item[i];

		if (port->host_port && !port->more_host_ports)
			continue;
		int r = choose(port, err);
		if (r < 0)
			return r;
	}
	return 0;
}
