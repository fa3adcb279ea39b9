/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/str.h"

#define PORTS_MAX 65536 /* of one -p option, and of all together */

void port_list_done(struct port_list *list)
{
	free(list->item);
	*list = PORT_LIST_INIT;
}

struct range {
	uint32_t first;
	uint32_t n;
};

static int parse_port(const char *text, size_t length, uint32_t *ret)
{
	char number[6];

	if (length == 0 || length >= sizeof(number))
		return -EINVAL;
	(void)snprintf(number, sizeof(number), "%.*s", (int)length, text);
	return str_to_uint32(number, ret) < 0 || *ret > UINT16_MAX ? -EINVAL : 0;
}

/* "80" or "80-85", of `length` bytes. */
static int parse_range(const char *text, size_t length, struct range *ret)
{
	const char *dash = memchr(text, '-', length);
	size_t first_length = dash ? (size_t)(dash - text) : length;
	uint32_t last;

	if (parse_port(text, first_length, &ret->first) < 0)
		return -EINVAL;
	last = ret->first;
	if (dash && parse_port(dash + 1, length - first_length - 1, &last) < 0)
		return -EINVAL;
	if (last < ret->first || (dash && ret->first == 0))
		return -EINVAL;
	ret->n = last - ret->first + 1;
	return 0;
}

/* One -p option. */
struct mapping {
	char ip[INET6_ADDRSTRLEN];
	struct range host; /* first 0: free ports */
	struct range container;
	bool udp;
};

static int parse_ip(const char *text, size_t length, struct mapping *m)
{
	bool brackets = length > 2 && *text == '[' && text[length - 1] == ']';
	int family = brackets ? AF_INET6 : AF_INET;
	char ip[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (length == 0)
		return 0;
	if (length - 2 * brackets >= sizeof(ip))
		return -EINVAL;
	(void)snprintf(ip, sizeof(ip), "%.*s", (int)length - 2 * brackets, text + brackets);
	if (inet_pton(family, ip, &address) != 1)
		return -EINVAL;
	return inet_ntop(family, &address, m->ip, sizeof(m->ip)) ? 0 : -errno;
}

static int parse_host(const char *text, size_t length, struct mapping *m)
{
	const char *colon = memrchr(text, ':', length);
	const char *port = colon ? colon + 1 : text;
	size_t port_length = length - (size_t)(port - text);
	int r = port_length ? parse_range(port, port_length, &m->host) : 0;

	return r == 0 && colon ? parse_ip(text, (size_t)(colon - text), m) : r;
}

static int parse_protocol(const char *text, bool *ret_udp)
{
	*ret_udp = strcasecmp(text, "udp") == 0;
	if (*ret_udp || strcasecmp(text, "tcp") == 0)
		return 0;
	return strcasecmp(text, "sctp") == 0 ? -EPROTONOSUPPORT : -EINVAL;
}

static int parse_mapping(const char *text, struct mapping *m)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	const char *colon = memrchr(text, ':', length);
	const char *container = colon ? colon + 1 : text;
	int r = slash ? parse_protocol(slash + 1, &m->udp) : 0;

	if (r == 0)
		r = parse_range(container, length - (size_t)(container - text), &m->container);
	if (r == 0 && m->container.first == 0)
		r = -EINVAL;
	if (r == 0 && colon)
		r = parse_host(text, (size_t)(colon - text), m);
	if (r < 0)
		return r;
	/* One port of the container can have any of a range of the host's. */
	return m->host.first == 0 || m->container.n == 1 || m->host.n == m->container.n ? 0
											: -ERANGE;
}

/* A range of the host's ports for one port of the container: the first free port is taken. */
static bool is_choice(const struct mapping *m)
{
	return m->host.first != 0 && m->container.n == 1 && m->host.n > 1;
}

static bool is_every_address(const char *ip)
{
	return streq(ip, "0.0.0.0") || streq(ip, "::");
}

static bool same_addresses(const char *a, const char *b)
{
	if (!strchr(a, ':') != !strchr(b, ':'))
		return false;
	return streq(a, b) || is_every_address(a) || is_every_address(b);
}

static bool clashes(const struct port *a, const struct mapping *m)
{
	return a->host_port != 0 && !a->more_host_ports && !is_choice(m) &&
	       a->host_port >= m->host.first && a->host_port - m->host.first < m->host.n &&
	       a->udp == m->udp && same_addresses(a->host_ip, m->ip);
}

/* Ports of one range differ: only the earlier entries of the list matter. */
static int check_free(const struct port_list *list, const struct mapping *m, const char *text,
		      struct err *err)
{
	for (size_t i = 0; m->host.first != 0 && i < list->n; i++)
		if (clashes(&list->item[i], m))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid port \"%s\": the host's port %u is published twice",
				       text, list->item[i].host_port);
	return 0;
}

static int refuse(const char *text, int code, struct err *err)
{
	if (code == -ERANGE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "invalid port \"%s\": the two ranges differ in length", text);
	if (code == -EPROTONOSUPPORT)
		return err_set(err, ERR_UNSUPPORTED, -code,
			       "invalid port \"%s\": the protocol must be one of tcp, udp", text);
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid port: \"%s\"", text);
	return err_hint(err, "write [IP:][HOST:]CONTAINER[/tcp|udp], as in 8080:80");
}

int ports_parse(const char *text, struct port_list *list, struct err *err)
{
	struct mapping m = {.ip = "0.0.0.0"};
	int r = parse_mapping(text, &m);

	if (r < 0)
		return refuse(text, r, err);
	if (list->n + m.container.n > PORTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "too many ports: \"%s\"", text);
	r = check_free(list, &m, text, err);
	if (r < 0)
		return r;
	struct port *more = reallocarray(list->item, list->n + m.container.n, sizeof(*more));
	if (!more)
		return err_sys(err, ENOMEM, "read the port '%s'", text);
	list->item = more;
	for (uint32_t i = 0; i < m.container.n; i++) {
		struct port *port = &list->item[list->n++];

		*port = (struct port){
			.host_port = (uint16_t)(m.host.first ? m.host.first + i : 0),
			.more_host_ports = (uint16_t)(is_choice(&m) ? m.host.n - 1 : 0),
			.container_port = (uint16_t)(m.container.first + i),
			.udp = m.udp,
		};
		memcpy(port->host_ip, m.ip, sizeof(port->host_ip));
	}
	return 0;
}

const char *port_protocol(const struct port *port)
{
	return port->udp ? "udp" : "tcp";
}

bool port_is_ipv6(const struct port *port)
{
	return strchr(port->host_ip, ':');
}

char *port_to_string(const struct port *port)
{
	bool v6 = port_is_ipv6(port);
	char *text;

	if (asprintf(&text, "%s%s%s:%u->%u/%s", v6 ? "[" : "", port->host_ip, v6 ? "]" : "",
		     port->host_port, port->container_port, port_protocol(port)) < 0)
		return NULL;
	return text;
}
