/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

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
	if (str_to_uint32(number, ret) < 0 || *ret == 0 || *ret > UINT16_MAX)
		return -EINVAL;
	return 0;
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
	if (last < ret->first)
		return -EINVAL;
	ret->n = last - ret->first + 1;
	return 0;
}

/* What -p says, taken apart. */
struct mapping {
	char ip[16];
	struct range host; /* n 0: free ports */
	struct range container;
	bool udp;
};

static int parse_host(const char *text, size_t length, struct mapping *m)
{
	const char *colon = memrchr(text, ':', length);
	size_t ip_length = colon ? (size_t)(colon - text) : 0;
	const char *port = colon ? colon + 1 : text;
	size_t port_length = length - (size_t)(port - text);
	struct in_addr address;

	if (colon) {
		if (ip_length >= sizeof(m->ip))
			return -EINVAL;
		(void)snprintf(m->ip, sizeof(m->ip), "%.*s", (int)ip_length, text);
		if (inet_pton(AF_INET, m->ip, &address) != 1)
			return -EINVAL;
	}
	if (port_length == 0)
		return colon ? 0 : -EINVAL;
	return parse_range(port, port_length, &m->host);
}

static int parse_mapping(const char *text, struct mapping *m)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	const char *colon = memrchr(text, ':', length);
	const char *container = colon ? colon + 1 : text;

	if (slash && !streq(slash, "/tcp") && !streq(slash, "/udp"))
		return -EINVAL;
	m->udp = slash && streq(slash, "/udp");
	if (parse_range(container, length - (size_t)(container - text), &m->container) < 0)
		return -EINVAL;
	if (colon && parse_host(text, (size_t)(colon - text), m) < 0)
		return -EINVAL;
	return m->host.n != 0 && m->host.n != m->container.n ? -ERANGE : 0;
}

static bool clashes(const struct port *a, const struct port *b)
{
	return a->host_port != 0 && a->host_port == b->host_port && a->udp == b->udp &&
	       (streq(a->host_ip, b->host_ip) || streq(a->host_ip, "0.0.0.0") ||
		streq(b->host_ip, "0.0.0.0"));
}

static int add(struct port_list *list, const struct port *port, const char *text, struct err *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (clashes(&list->item[i], port))
			return err_set(err, ERR_INVALID, EINVAL,
				       "'%s' publishes the host's port %u a second time", text,
				       port->host_port);
	list->item[list->n++] = *port;
	return 0;
}

static int refuse(const char *text, int code, struct err *err)
{
	if (code == -ERANGE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "'%s' has ranges of different length on its two sides", text);
	(void)err_set(err, ERR_INVALID, EINVAL, "bad port '%s'", text);
	if (strchr(text, '['))
		return err_hint(err, "slirp4netns publishes on IPv4 addresses alone");
	return err_hint(err, "write [IP:][HOST:]CONTAINER[/tcp|udp], as in 8080:80");
}

int ports_parse(const char *text, struct port_list *list, struct err *err)
{
	struct mapping m = {.ip = "0.0.0.0"};
	size_t before = list->n;
	int r = parse_mapping(text, &m);

	if (r < 0)
		return refuse(text, r, err);
	if (list->n + m.container.n > PORTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "'%s' makes it too many ports", text);
	struct port *more = reallocarray(list->item, list->n + m.container.n, sizeof(*more));
	if (!more)
		return err_sys(err, ENOMEM, "read the port '%s'", text);
	list->item = more;
	for (uint32_t i = 0; i < m.container.n; i++) {
		struct port port = {
			.host_port = (uint16_t)(m.host.n ? m.host.first + i : 0),
			.container_port = (uint16_t)(m.container.first + i),
			.udp = m.udp,
		};

		memcpy(port.host_ip, m.ip, sizeof(port.host_ip));
		r = add(list, &port, text, err);
		if (r < 0) {
			list->n = before;
			return r;
		}
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
