/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/inspect-network.h"

#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/exposed.h"
#include "net/network.h"

void inspect_put_ports(struct json_build *b, struct json_object *parent, const char *name,
		       const struct port_list *ports)
{
	struct json_object *map = build_object(b, parent, name);
	char key[16], number[8];

	for (size_t i = 0; map && i < ports->n; i++) {
		const struct port *p = &ports->item[i];
		struct json_object *list, *o;

		(void)snprintf(key, sizeof(key), "%u/%s", p->container_port,
			       p->udp ? "udp" : "tcp");
		(void)snprintf(number, sizeof(number), "%u", p->host_port);
		if (!json_object_object_get_ex(map, key, &list))
			list = build_array(b, map, key);
		o = build_object(b, list, NULL);
		build_text(b, o, "HostIp", p->host_ip);
		build_text(b, o, "HostPort", p->host_port ? number : "");
	}
}

void inspect_put_network_options(struct json_build *b, struct json_object *host,
				 const struct record *r)
{
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;

	build_text(b, host, "NetworkMode", r->network ? r->network : network_default());
	STRV_FOREACH(text, r->publish)
		b->failed |= ports_parse(*text, &ports, NULL) < 0;
	inspect_put_ports(b, host, "PortBindings", &ports);
	build_bool(b, host, "PublishAllPorts", r->publish_all);
	build_texts(b, host, "Dns", strv_or_empty(r->dns));
	build_texts(b, host, "DnsOptions", strv_or_empty(r->dns_options));
	build_texts(b, host, "DnsSearch", strv_or_empty(r->dns_search));
	build_texts(b, host, "ExtraHosts", strv_or_empty(r->add_hosts));
	build_text(b, host, "HostsFile", str_or_empty(r->hosts_file));
}

/* A container that does not run has no address. */
static void add_addresses(struct json_build *b, struct json_object *o,
			  const struct net_addresses *a)
{
	build_text(b, o, "Gateway", a->gateway);
	build_text(b, o, "IPAddress", a->container);
	build_int(b, o, "IPPrefixLen", a->prefix);
	build_text(b, o, "GlobalIPv6Address", a->container6);
	build_text(b, o, "MacAddress", a->mac);
}

void inspect_put_network(struct json_build *b, struct json_object *doc, const masu_container *c)
{
	static const struct net_addresses none = {0};
	struct json_object *o = build_object(b, doc, "NetworkSettings"), *networks, *ports;
	_cleanup_(network_done) struct network network = NETWORK_INIT;
	bool alive = state_is_alive(&c->state);
	char key[32] = "";

	if (alive)
		(void)snprintf(key, sizeof(key), "/proc/%d/ns/net", (int)c->state.run.pid);
	build_text(b, o, "SandboxKey", key);
	inspect_put_ports(b, o, "Ports", &c->state.ports);
	if (alive && json_object_object_get_ex(o, "Ports", &ports))
		exposed_put(b, ports, &c->record, true);
	bool known = network_parse(c->record.network, &network, NULL) == 0;
	const struct net_addresses *a = known && alive ? &network.addresses : &none;
	add_addresses(b, o, a);
	networks = build_object(b, o, "Networks");
	if (known && !network.backend->joins)
		add_addresses(b, build_object(b, networks, network.backend->name), a);
}
