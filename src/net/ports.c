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

/* What -p says, taken apart. */
struct mapping {
	char ip[16];
	struct range host; /* first 0: free ports */
	struct range container;
	bool udp;
};

static int parse_ip(const char *text, size_t length, struct mapping *m)
{
	bool brackets = length > 2 && *text == '[' && text[length - 1] == ']';
	char ip[INET6_ADDRSTRLEN];
	struct in6_addr address6;
	struct in_addr address;

	if (length == 0)
		return 0;
	if (length >= sizeof(ip))
		return -EINVAL;
	(void)snprintf(ip, sizeof(ip), "%.*s", (int)length - 2 * brackets, text + brackets);
	if (inet_pton(AF_INET6, ip, &address6) == 1)
		return -EAFNOSUPPORT;
	if (brackets || inet_pton(AF_INET, ip, &address) != 1)
		return -EINVAL;
	return inet_ntop(AF_INET, &address, m->ip, sizeof(m->ip)) ? 0 : -errno;
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
	/* One port of the container can have any one of several of the host's. */
	return m->host.first == 0 || m->container.n == 1 || m->host.n == m->container.n ? 0
											: -ERANGE;
}

/* Several of the host's ports for one of the container are a choice, which is made around others. */
static bool is_choice(const struct mapping *m)
{
	return m->host.first != 0 && m->container.n == 1 && m->host.n > 1;
}

static bool clashes(const struct port *a, const struct mapping *m)
{
	return a->host_port != 0 && !a->more_host_ports && !is_choice(m) &&
	       a->host_port >= m->host.first && a->host_port - m->host.first < m->host.n &&
	       a->udp == m->udp &&
	       (streq(a->host_ip, m->ip) || streq(a->host_ip, "0.0.0.0") ||
		streq(m->ip, "0.0.0.0"));
}

/* Ports of one range are different: only those before it are looked at. */
static int check_free(const struct port_list *list, const struct mapping *m, const char *text,
		      struct err *err)
{
	for (size_t i = 0; m->host.first != 0 && i < list->n; i++)
		if (clashes(&list->item[i], m))
			return err_set(err, ERR_INVALID, EINVAL,
				       "'%s' publishes the host's port %u a second time", text,
				       list->item[i].host_port);
	return 0;
}

static int refuse(const char *text, int code, struct err *err)
{
	if (code == -ERANGE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "'%s' has ranges of different length on its two sides", text);
	if (code == -EAFNOSUPPORT) {
		(void)err_set(err, ERR_UNSUPPORTED, -code, "'%s' publishes on an IPv6 address",
			      text);
		return err_hint(err, "slirp4netns publishes on IPv4 addresses alone");
	}
	if (code == -EPROTONOSUPPORT) {
		(void)err_set(err, ERR_UNSUPPORTED, -code, "'%s' publishes another protocol", text);
		return err_hint(err, "slirp4netns publishes tcp and udp alone");
	}
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid port '%s'", text);
	return err_hint(err, "write [IP:][HOST:]CONTAINER[/tcp|udp], as in 8080:80");
}

int ports_parse(const char *text, struct port_list *list, struct err *err)
{
	struct mapping m = {.ip = "0.0.0.0"};
	int r = parse_mapping(text, &m);

	if (r < 0)
		return refuse(text, r, err);
	if (list->n + m.container.n > PORTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "'%s' makes it too many ports", text);
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

char *port_to_string(const struct port *port)
{
	char *text;

	if (asprintf(&text, "%s:%u->%u/%s", port->host_ip, port->host_port, port->container_port,
		     port->udp ? "udp" : "tcp") < 0)
		return NULL;
	return text;
}
