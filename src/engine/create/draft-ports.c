/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/draft.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/port-mapping.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/on-demand.h"
#include "engine/options.h"
#include "oci/image.h"

#define PORT_SHOWN_MAX 40

/* A container's ports, a bit for each. */
struct port_set {
	unsigned char bits[2][(UINT16_MAX + 1) / 8]; /* tcp, udp */
};

/* Records the port as a text that ports_parse() reads. */
static int publish(struct record *record, const struct masu_port *port, struct port_list *ports,
		   struct masu_error *err)
{
	struct port_mapping m = {.host_ip = "0.0.0.0"};
	_cleanup_free_ char *text = NULL;
	struct masu_port p;
	int r = options_take(&p, sizeof(p), port, err);

	if (r < 0)
		return r;
	m.host_first = p.host_port;
	m.host_last = p.host_port_last ? p.host_port_last : p.host_port;
	m.container_first = p.container_port;
	m.container_last = p.container_port_last ? p.container_port_last : p.container_port;
	m.udp = p.udp;
	m.on_demand_s = p.on_demand_s;
	if (p.host_ip && strlen(p.host_ip) >= sizeof(m.host_ip))
		return err_set(err, ERR_INVALID, EINVAL, "invalid address '%s'", p.host_ip);
	if (p.host_ip)
		(void)snprintf(m.host_ip, sizeof(m.host_ip), "%s", p.host_ip);
	text = port_mapping_to_string(&m);
	if (!text)
		return err_oom(err);
	r = port_mapping_check(&m, text, err);
	if (r == 0)
		r = ports_parse(text, ports, err);
	if (r < 0)
		return r;
	return strv_push_owned(&record->publish, TAKE_PTR(text)) < 0 ? err_oom(err) : 0;
}

/* The idle time is that of the connections to all ports: one that systemd does not hold would not count. */
static int check_on_demand(const struct port_list *ports, bool publish_all, struct masu_error *err)
{
	size_t n = 0, other = 0;

	for (size_t i = 0; i < ports->n; i++) {
		n += ports->item[i].on_demand_s != 0;
		if (!ports->item[i].on_demand_s)
			other = i;
	}
	if (n > ON_DEMAND_PORTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG,
			       "a container can have at most %u ports on demand",
			       ON_DEMAND_PORTS_MAX);
	if (n == 0 || (n == ports->n && !publish_all))
		return 0;
	if (publish_all)
		return err_set(err, ERR_INVALID, EINVAL,
			       "-P and a port on demand exclude each other");
	(void)err_set(err, ERR_INVALID, EINVAL,
		      "port %u is not on demand, but another port of the container is",
		      ports->item[other].host_port);
	return err_hint(err, "add ,ondemand to each of its ports");
}

int draft_ports(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;
	struct port_mapping m;
	int r;

	for (const struct masu_port *const *port = o->ports; port && *port; port++) {
		r = publish(&d->record, *port, &ports, err);
		if (r < 0)
			return r;
	}
	STRV_FOREACH(text, o->expose) {
		r = port_mapping_parse_exposed(*text, &m, err);
		if (r < 0)
			return r;
	}
	r = check_on_demand(&ports, o->publish_all, err);
	if (r < 0)
		return r;
	d->record.publish_all = o->publish_all;
	if (o->publish_all) {
		r = network_check_publishes(&d->network, "-P", err);
		if (r < 0)
			return r;
	}
	return network_check_ports(&d->network, &ports, err);
}

static void set_ports(struct port_set *set, const struct port_mapping *m, bool value)
{
	for (uint32_t n = m->container_first; n <= m->container_last; n++) {
		unsigned char *byte = &set->bits[m->udp][n / 8];
		unsigned char bit = (unsigned char)(1 << n % 8);

		*byte = value ? *byte | bit : *byte & (unsigned char)~bit;
	}
}

static bool has_port(const struct port_set *set, bool udp, uint32_t n)
{
	return set->bits[udp][n / 8] & 1 << n % 8;
}

static int notice_image_port(const struct masu_engine *e, const char *port, struct masu_error *err)
{
	/* An image may hold any text. */
	const bool shows = strlen(port) <= PORT_SHOWN_MAX && !str_has_control(port);
	_cleanup_free_ char *text = str_printf("the port \"%s\" of the image is not published: "
					       "must be PORT[-PORT][/tcp|/udp]",
					       shows ? port : "...");

	if (!text)
		return err_oom(err);
	engine_notice(e, text);
	return 0;
}

/* An invalid text of the image matters only if it is to be published. */
static int collect(const struct masu_engine *e, const struct draft *d,
		   const struct masu_create_options *o, const struct image_config *image,
		   struct port_set *set, struct masu_error *err)
{
	struct port_mapping m;
	int r = 0;

	STRV_FOREACH(text, image ? image->exposed_ports : NULL) {
		if (port_mapping_parse_exposed(*text, &m, NULL) == 0)
			set_ports(set, &m, true);
		else if (o->publish_all && r == 0)
			r = notice_image_port(e, *text, err);
	}
	STRV_FOREACH(text, o->expose) {
		if (r == 0)
			r = port_mapping_parse_exposed(*text, &m, err);
		if (r == 0)
			set_ports(set, &m, true);
	}
	STRV_FOREACH(text, d->record.publish) {
		if (r == 0)
			r = port_mapping_parse(*text, &m, err);
		if (r == 0)
			set_ports(set, &m, false);
	}
	return r;
}

/* Appends the ranges that the set has, as texts. */
static int add_ranges(const struct port_set *set, char ***list)
{
	struct port_mapping m = {.host_ip = "0.0.0.0"};

	for (int udp = 0; udp < 2; udp++)
		for (uint32_t n = 1; n <= UINT16_MAX; n++) {
			if (!has_port(set, udp, n))
				continue;
			m.udp = udp;
			m.container_first = (uint16_t)n;
			while (n < UINT16_MAX && has_port(set, udp, n + 1))
				n++;
			m.container_last = (uint16_t)n;
			char *text = port_mapping_to_string(&m);
			if (!text || strv_push_owned(list, text) < 0)
				return -ENOMEM;
		}
	return 0;
}

int draft_expose(const struct masu_engine *e, struct draft *d, const struct masu_create_options *o,
		 const struct image_config *image, struct masu_error *err)
{
	_cleanup_ports_ struct port_list ports = PORT_LIST_INIT;
	struct record *record = &d->record;
	struct port_set set = {0};

	if (!o->expose && !(image && image->exposed_ports))
		return 0;
	int r = collect(e, d, o, image, &set, err);
	if (r < 0)
		return r;
	if (add_ranges(&set, o->publish_all ? &record->publish : &record->expose) < 0)
		return err_oom(err);
	STRV_FOREACH(text, record->publish) {
		r = ports_parse(*text, &ports, err);
		if (r < 0)
			return r;
	}
	return network_check_ports(&d->network, &ports, err);
}
