/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/on-demand.h"

#include <errno.h>
#include <string.h>

#include "base/port-mapping.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/unit-words.h"
#include "quadlet/checks.h"
#include "quadlet/keys.h"

#define LISTENERS_MAX 64

/* The name of the service without suffix. */
static int stem_length(const struct quadlet_draft *d)
{
	return (int)(strlen(d->unit->service) - strlen(".service"));
}

static char *unit_name(const struct quadlet_draft *d, const char *suffix)
{
	return str_printf("%.*s-ondemand%s", stem_length(d), d->unit->service, suffix);
}

/* A number of seconds, or a boolean. 0: not on demand. */
static unsigned int read_seconds(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	uint64_t seconds;

	if (str_to_uint64(a->value, UINT32_MAX, &seconds) < 0)
		return draft_bool(d, "Container", "OnDemand", false) ? PORT_ON_DEMAND_DEFAULT_S : 0;
	if (seconds == 0 || seconds > PORT_ON_DEMAND_MAX_S) {
		draft_refuse(d, a, "OnDemand=: the idle time must be from 1 to %u seconds",
			     PORT_ON_DEMAND_MAX_S);
		return 0;
	}
	return (unsigned int)seconds;
}

static void refuse_shared_network(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	static const char *const shared[] = {"host", "container:", "ns:"};

	QUADLET_FOREACH(network, &d->unit->source, "Container", "Network")
	{
		_cleanup_free_ char *value = unit_unquote(network->value);
		bool refused = value && str_has_suffix(value, ".container");

		for (size_t i = 0; value && i < ARRAY_SIZE(shared); i++)
			refused |= str_after(value, shared[i]) != NULL;
		if (refused)
			draft_refuse(
				d, a,
				"OnDemand= excludes Network=%s, which is a network of others, too",
				value);
	}
}

/* The ports have fixed numbers, which nothing changes later. */
static void hold_port(struct quadlet_draft *d, const struct quadlet_assignment *a,
		      const char *value)
{
	struct port_mapping m;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = strpbrk(value, "%$") ? -EINVAL : port_mapping_parse(value, &m, &err);

	if (r == 0) {
		m.on_demand_s = d->on_demand_s;
		r = port_mapping_check(&m, value, &err);
	}
	if (r < 0) {
		draft_refuse(d, a, "PublishPort=: %s",
			     err.message ? err.message
					 : "OnDemand= needs ports without specifiers");
		return;
	}
	d->n_listeners += (size_t)(m.host_last - m.host_first) + 1;
	if (strv_push_owned(&d->ports, port_mapping_to_string(&m)) < 0)
		d->set->failed = true;
	for (uint32_t n = m.host_first; n <= m.host_last && d->n_listeners <= LISTENERS_MAX; n++) {
		bool v6 = strchr(m.host_ip, ':');

		draft_line(d, &d->listeners, "ListenStream=%s%s%s:%u", v6 ? "[" : "", m.host_ip,
			   v6 ? "]" : "", n);
	}
}

static void add_port(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	_cleanup_free_ char *value = unit_unquote(a->value);

	if (!value) {
		d->set->failed = true;
	} else if (strstr(value, ",ondemand")) {
		draft_refuse(d, a, "PublishPort=: write OnDemand=SECONDS in a line of its own");
	} else if (d->on_demand_s) {
		hold_port(d, a, value);
	} else {
		quadlet_check_value(d, a, value, check_port);
		draft_option(d, "--publish", value);
	}
}

static void check_on_demand(struct quadlet_draft *d, const struct quadlet_assignment *a)
{
	refuse_shared_network(d, a);
	if (strchr(d->unit->service, '@'))
		draft_refuse(d, a, "OnDemand=: the instances of a template cannot share ports");
	else if (strchr(d->unit->object, '%')) /* "%N" is another name in the unit of the proxy */
		draft_refuse(d, a, "OnDemand= needs a ContainerName= without specifiers");
	if (d->n_listeners == 0)
		draft_refuse(d, a, "OnDemand= needs PublishPort=");
	if (d->n_listeners > LISTENERS_MAX)
		draft_refuse(d, a, "OnDemand=: at most %u ports can be on demand", LISTENERS_MAX);
}

void draft_ports(struct quadlet_draft *d)
{
	const struct quadlet_assignment *on_demand = draft_last(d, "OnDemand");

	d->on_demand_s = on_demand ? read_seconds(d, on_demand) : 0;
	QUADLET_FOREACH(a, &d->unit->source, "Container", "PublishPort")
	{
		if (*a->value)
			add_port(d, a);
	}
	if (d->on_demand_s)
		check_on_demand(d, on_demand);
}

static char *socket_text(const struct quadlet_draft *d, const char *source)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	(void)strbuf_addf(&b,
			  "# Written by masu-generator(8): changes are lost.\n# %s\n\n"
			  "[Unit]\nDescription=Ports on demand of %s\nSourcePath=%s\n\n[Socket]\n",
			  d->unit->path, d->unit->service, source);
	STRV_FOREACH(line, d->listeners)
		(void)strbuf_addf(&b, "%s\n", *line);
	(void)strbuf_addf(&b, "BindIPv6Only=ipv6-only\nBacklog=4096\nNoDelay=yes\n");
	return strbuf_take(&b);
}

/* A proxy that was killed is started again, so that the container does not run for ever without connections. */
static char *proxy_text(const struct quadlet_draft *d, const char *source)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	_cleanup_strv_ char **words = NULL;
	int r = unit_words_push(&words, d->unit->service);

	if (r == 0)
		r = unit_words_push(&words, d->unit->object);
	STRV_FOREACH(port, d->ports)
		if (r == 0)
			r = unit_words_push(&words, *port);
	if (r < 0)
		return NULL;
	(void)strbuf_addf(&b,
			  "# Written by masu-generator(8): changes are lost.\n# %s\n\n"
			  "[Unit]\nDescription=Proxy of the ports on demand of %s\nSourcePath=%s\n"
			  "StartLimitBurst=50\n\n"
			  "[Service]\nType=exec\nRestart=on-abnormal\nSyslogIdentifier=%%N\n"
			  "ExecStart=%s container-proxy --unit",
			  d->unit->path, d->unit->service, source, d->set->masu);
	STRV_FOREACH(word, words)
		(void)strbuf_addf(&b, " %s", *word);
	(void)strbuf_addf(&b, "\n");
	return strbuf_take(&b);
}

int quadlet_on_demand_units(const struct quadlet_draft *d, char ***ret_units)
{
	_cleanup_strv_ char **units = strv_copy(NULL);
	_cleanup_free_ char *source = unit_literal(d->unit->path);

	if (!units || !source)
		return -ENOMEM;
	if (d->on_demand_s && (strv_push_owned(&units, unit_name(d, ".socket")) < 0 ||
			       strv_push_owned(&units, socket_text(d, source)) < 0 ||
			       strv_push_owned(&units, unit_name(d, ".service")) < 0 ||
			       strv_push_owned(&units, proxy_text(d, source)) < 0))
		return -ENOMEM;
	*ret_units = TAKE_PTR(units);
	return 0;
}

int quadlet_on_demand_links(const struct quadlet_draft *d, char **links)
{
	for (char **link = links; d->on_demand_s && *link; link += 2) {
		const char *slash = strrchr(link[0], '/');

		if (!slash)
			continue;
		char *socket = unit_name(d, ".socket");
		char *path = socket ? str_printf("%.*s/%s", (int)(slash - link[0]), link[0], socket)
				    : NULL;
		char *target = socket ? str_printf("../%s", socket) : NULL;

		free(socket);
		if (!path || !target) {
			free(path);
			free(target);
			return -ENOMEM;
		}
		free(link[0]);
		free(link[1]);
		link[0] = path;
		link[1] = target;
	}
	return 0;
}
