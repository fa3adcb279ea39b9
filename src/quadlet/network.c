/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/network.h"

#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/checks.h"
#include "quadlet/keys.h"
#include "quadlet/reference.h"

#define OWN_NETWORK "each container has a network of its own"

static const struct quadlet_key network_keys[] = {
	{"ContainersConfModule", KEY_REFUSED, "masu reads no containers.conf; see masu.conf(5)"},
	{"DNS", KEY_REFUSED, "set DNS= of the container"},
	{"DisableDNS", KEY_CODE, NULL},
	{"Driver", KEY_ONLY, "bridge"},
	{"Gateway", KEY_REFUSED, OWN_NETWORK},
	{"GlobalArgs", KEY_REFUSED, "masu has no global options"},
	{"IPAMDriver", KEY_REFUSED, OWN_NETWORK},
	{"IPRange", KEY_REFUSED, OWN_NETWORK},
	{"IPv6", KEY_REFUSED, "write Network=slirp4netns:enable_ipv6=true in the container's file"},
	{"InterfaceName", KEY_REFUSED, OWN_NETWORK},
	{"Internal", KEY_CODE, NULL},
	{"Label", KEY_CODE, NULL},
	{"NetworkDeleteOnStop", KEY_CODE, NULL},
	{"NetworkName", KEY_CODE, NULL},
	{"Options", KEY_REFUSED, OWN_NETWORK},
	{"PodmanArgs", KEY_REFUSED, OWN_NETWORK},
	{"ServiceName", KEY_CODE, NULL},
	{"Subnet", KEY_REFUSED,
	 "write Network=slirp4netns:cidr=SUBNET in the container's file, with at least 128 addresses"},
	{0},
};

void quadlet_translate_network(struct quadlet_draft *d)
{
	quadlet_translate_keys(d, network_keys);
	(void)draft_bool(d, "Network", "DisableDNS", false);
	(void)draft_bool(d, "Network", "NetworkDeleteOnStop", false);
	if (draft_bool(d, "Network", "Internal", false))
		draft_refuse(
			d, draft_last(d, "Internal"),
			"Internal=true is not supported: write Network=none in the container's file");
	draft_line(d, &d->service_lines, "Type=oneshot");
	draft_line(d, &d->service_lines, "RemainAfterExit=yes");
	/* systemd wants a command. */
	draft_word(d, "true");
}

/* Another container in the network, or NULL. A template counts as several. */
static const struct quadlet_unit *find_neighbour(struct quadlet_draft *d, const char *file)
{
	for (size_t i = 0; i < d->set->n; i++) {
		const struct quadlet_unit *u = &d->set->units[i];

		QUADLET_FOREACH(a, &u->source, quadlet_type_section(u->name.type), "Network")
		{
			const char *rest = str_after(a->value, file);

			if (u != d->unit && rest && (!*rest || *rest == ':'))
				return u;
		}
	}
	return d->unit->name.instance && !strchr(file, '@') ? d->unit : NULL;
}

static void join_network(struct quadlet_draft *d, const struct quadlet_assignment *a,
			 const char *file)
{
	const struct quadlet_unit *neighbour = find_neighbour(d, file);
	_cleanup_free_ char *object = draft_reference(d, a, file);

	if (neighbour)
		draft_refuse(
			d, a,
			"Network=: '%s' is also in '%s', and containers of masu do not reach each "
			"other by a network: publish ports, or write Network=%s",
			neighbour->name.file, file, neighbour->name.file);
	else if (object)
		quadlet_notice(d->set, d->unit, a,
			       "Network=: '%s' is a network of this container alone", file);
}

static void add_network(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_free_ char *value = unit_unquote(a->value), *file = NULL, *mode = NULL;
	const char *colon = value ? strchr(value, ':') : NULL;

	file = value ? strndup(value, colon ? (size_t)(colon - value) : strlen(value)) : NULL;
	if (!file) {
		d->set->failed = true;
		return;
	}
	if (is_reference(file, QUADLET_NETWORK)) {
		if (colon)
			draft_refuse(d, a,
				     "Network=: options of '%s' are not supported: " OWN_NETWORK,
				     file);
		join_network(d, a, file);
		return;
	}
	if (is_reference(file, QUADLET_CONTAINER)) {
		_cleanup_free_ char *object = draft_reference(d, a, file);

		mode = object ? str_printf("container:%s", object) : NULL;
		if (mode)
			draft_option(d, "--network", mode);
		return;
	}
	quadlet_check_value(d, a, value, check_network);
	draft_option(d, "--network", value);
}

void draft_network(struct quadlet_draft *d)
{
	size_t n = 0;

	QUADLET_FOREACH(a, &d->unit->source, "Container", "Network")
	{
		if (!*a->value)
			continue;
		if (++n == 2)
			draft_refuse(d, a, "Network=: a container has one network");
		if (n == 1)
			add_network(d, a);
	}
}
