/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define SUPPORTED "supported: slirp4netns, pasta, none, host, container:NAME, ns:PATH"

static int parse_target(const char *name, struct network *network, struct masu_error *err)
{
	if (!*name)
		return err_set(err, ERR_INVALID, EINVAL,
			       "the network \"container\" needs a name: container:NAME");
	network->target = strdup(name);
	return network->target ? 0 : err_oom(err);
}

static int parse_path(const char *path, struct network *network, struct masu_error *err)
{
	if (*path != '/')
		return err_set(err, ERR_INVALID, EINVAL,
			       "the network \"ns\" needs an absolute path: ns:/run/netns/NAME");
	network->target = strdup(path);
	return network->target ? 0 : err_oom(err);
}

static const struct net_backend container_backend = {
	.name = "container", .joins = true, .parse = parse_target};
static const struct net_backend path_backend = {
	.name = "ns", .joins = true, .by_path = true, .parse = parse_path};
static const struct net_backend none_backend = {.name = "none"};
static const struct net_backend host_backend = {.name = "host", .shares_host = true};

/* The first is the default. */
static const struct net_backend *const backends[] = {
	&slirp_backend, &pasta_backend,	    &none_backend,
	&host_backend,	&container_backend, &path_backend,
};

void network_done(struct network *network)
{
	free(network->target);
	strv_free(network->arguments);
	*network = NETWORK_INIT;
}

const char *network_default(void)
{
	return backends[0]->name;
}

const struct net_backend *network_backend(size_t index)
{
	return index < ARRAY_SIZE(backends) ? backends[index] : NULL;
}

static const struct net_backend *find_backend(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (strlen(backends[i]->name) == length &&
		    strncmp(name, backends[i]->name, length) == 0)
			return backends[i];
	return NULL;
}

/* The words of docker and podman for the network that a container has without the option. */
static const char *const default_words[] = {"default", "bridge", "private"};

bool network_is_default(const char *text)
{
	if (!text || !*text)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(default_words); i++)
		if (streq(text, default_words[i]))
			return true;
	return false;
}

static int unknown(const char *text, size_t length, struct masu_error *err)
{
	_cleanup_free_ char *word = strndup(text, length);

	if (word && network_is_default(word)) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP, "the network \"%s\" takes no options",
			      word);
		return err_hint(err, "it stands for %s, which has options", network_default());
	}
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid network: \"%s\"", text);
	return err_hint(err, SUPPORTED);
}

int network_parse(const char *text, struct network *ret, struct masu_error *err)
{
	_cleanup_(network_done) struct network network = NETWORK_INIT;

	if (network_is_default(text))
		text = network_default();
	size_t length = strcspn(text, ":");
	network.backend = find_backend(text, length);
	if (!network.backend)
		return unknown(text, length, err);
	if (text[length] && !network.backend->parse)
		return err_set(err, ERR_INVALID, EINVAL, "the network \"%s\" takes no options",
			       network.backend->name);
	if (network.backend->parse) {
		const char *options = text[length] ? text + length + 1 : "";
		int r = network.backend->parse(options, &network, err);
		if (r < 0)
			return r;
	}
	*ret = network;
	network = NETWORK_INIT;
	return 0;
}

int network_add_options(const char *text, const char *backend, const char *options, char **ret,
			struct masu_error *err)
{
	if (network_is_default(text))
		text = network_default();
	size_t length = strcspn(text, ":");

	*ret = NULL;
	if (strlen(backend) != length || strncmp(text, backend, length) != 0)
		return 0;
	*ret = str_printf("%s:%s%s%s", backend, options,
			  text[length] && text[length + 1] ? "," : "",
			  text[length] ? text + length + 1 : "");
	return *ret ? 0 : err_oom(err);
}

/*
 * slirp4netns and pasta find the sender of an answer by the container's port alone: of two ports of the host for it, one
 * would stay without answers. Loopback addresses are the relay's.
 */
static int check_udp(const struct net_backend *backend, const struct port_list *ports,
		     struct masu_error *err)
{
	unsigned char taken[2][(UINT16_MAX + 1) / 8] = {0};

	for (size_t i = 0; i < ports->n; i++) {
		const struct port *p = &ports->item[i];
		unsigned char *byte = &taken[port_is_ipv6(p)][p->container_port / 8];
		unsigned char bit = (unsigned char)(1 << p->container_port % 8);

		if (!p->udp || relay_is_local(p))
			continue;
		if (*byte & bit) {
			(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				      "%s cannot publish udp port %u of the container twice",
				      backend->name, p->container_port);
			return err_hint(err, "publish it once, on one address or on all; another "
					     "one on 127.0.0.1 is possible");
		}
		*byte |= bit;
	}
	return 0;
}

int network_check_publishes(const struct network *network, const char *option,
			    struct masu_error *err)
{
	const struct net_backend *backend = network->backend;

	if (backend->check_port)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "--network %s cannot publish ports (%s)",
		      backend->name, option);
	if (backend->shares_host)
		return err_hint(err, "the container's ports are the host's: omit %s", option);
	return err_hint(err, backend->by_path ? "the owner of the namespace publishes its ports"
			     : backend->joins ? "publish them with the other container"
					      : "use --network slirp4netns");
}

/* The connections come from within: no helper is needed, but a namespace of its own. */
static int check_on_demand(const struct net_backend *backend, struct masu_error *err)
{
	if (!backend->shares_host && !backend->joins && !backend->by_path)
		return 0;
	return err_set(
		err, ERR_INVALID, EINVAL,
		"--network %s cannot have ports on demand: the network belongs to others, too",
		backend->name);
}

int network_check_ports(const struct network *network, const struct port_list *ports,
			struct masu_error *err)
{
	const struct net_backend *backend = network->backend;

	if (ports->n > 0 && ports->item[0].on_demand_s)
		return check_on_demand(backend, err);
	if (ports->n > 0) {
		int r = network_check_publishes(network, "-p", err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ports->n; i++) {
		int r = backend->check_port(&ports->item[i], err);
		if (r < 0)
			return r;
	}
	return check_udp(backend, ports, err);
}

bool network_has_helper(const struct network *network)
{
	return network && network->backend->start;
}

int network_start(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	if (!network_has_helper(request->network))
		return 0;
	return request->network->backend->start(request, link, err);
}

int network_finish(const struct net_request *request, struct net_link *link, struct masu_error *err)
{
	if (!network_has_helper(request->network))
		return 0;
	return request->network->backend->finish(request, link, err);
}

void network_stop(struct net_link *link)
{
	net_helper_stop(&link->helper);
	relay_stop(&link->relay);
}
