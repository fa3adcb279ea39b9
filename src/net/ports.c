/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ports.h"

#include <errno.h>

#include "base/port-mapping.h"
#include "base/str.h"

#define PORTS_MAX 65536 /* of one container */

void port_list_done(struct port_list *list)
{
	free(list->item);
	*list = PORT_LIST_INIT;
}

/* A range of the host's ports for one port of the container: the first free port is taken. */
static bool is_choice(const struct port_mapping *m)
{
	return m->host_first != 0 && m->container_first == m->container_last &&
	       m->host_first != m->host_last;
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

static bool clashes(const struct port *a, const struct port_mapping *m)
{
	return a->host_port != 0 && !a->more_host_ports && !is_choice(m) &&
	       a->host_port >= m->host_first && a->host_port <= m->host_last && a->udp == m->udp &&
	       same_addresses(a->host_ip, m->host_ip);
}

/* Ports of one range differ: only the earlier entries of the list matter. */
static int check_free(const struct port_list *list, const struct port_mapping *m, const char *text,
		      struct masu_error *err)
{
	for (size_t i = 0; m->host_first != 0 && i < list->n; i++)
		if (clashes(&list->item[i], m))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid port \"%s\": the host's port %u is published twice",
				       text, list->item[i].host_port);
	return 0;
}

int ports_parse(const char *text, struct port_list *list, struct masu_error *err)
{
	struct port_mapping m;
	int r = port_mapping_parse(text, &m, err);

	if (r < 0)
		return r;
	size_t n = (size_t)(m.container_last - m.container_first) + 1;
	if (list->n + n > PORTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG, "too many ports: \"%s\"", text);
	r = check_free(list, &m, text, err);
	if (r < 0)
		return r;
	struct port *more = reallocarray(list->item, list->n + n, sizeof(*more));
	if (!more)
		return err_oom(err);
	list->item = more;
	for (size_t i = 0; i < n; i++) {
		struct port *port = &list->item[list->n++];

		*port = (struct port){
			.host_port = (uint16_t)(m.host_first ? m.host_first + i : 0),
			.more_host_ports = (uint16_t)(is_choice(&m) ? m.host_last - m.host_first
								    : 0),
			.container_port = (uint16_t)(m.container_first + i),
			.udp = m.udp,
			.on_demand_s = m.on_demand_s,
		};
		memcpy(port->host_ip, m.host_ip, sizeof(port->host_ip));
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
